import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { table } from "../../domain/table.ts";

/** `sigil issuer list`: whose licences count, and whose did. */
export function issuerList({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "issuer list",
    action: "config.read",
    group: "Give access",
    summary: "list the keys that sign licences",
    examples: ["issuer list"],
    answer: "sigilderg GET /v1/issuers",
    run: (input) =>
      withDoor(input.settings, "config.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/issuers");
        return {
          json: body,
          text: (style) =>
            table(
              body.issuers.map(({ kid, state }) => [
                kid,
                state === "active" ? style.good(state) : style.warn(state),
              ]),
            ),
        };
      }),
  };
}
