import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { table } from "../../domain/table.ts";

/** `sigil publisher list`: whose module packages run, and whose no longer do. */
export function publisherList({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "publisher list",
    action: "module.list",
    group: "Govern",
    summary: "list the publishers whose modules may run, by fingerprint",
    examples: ["publisher list"],
    answer: "sigilderg GET /v1/publishers",
    run: (input) =>
      withDoor(input.settings, "module.list", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/publishers");
        return {
          json: body,
          text: (style) => [
            ...(body.publishers.length === 0 ? ["no publishers: no module runs"] : []),
            ...table(
              body.publishers.map(({ kid, name, state }) => [
                kid,
                name ?? "?",
                state === "active" ? style.good(state) : style.bad(state),
              ]),
            ),
          ],
        };
      }),
  };
}
