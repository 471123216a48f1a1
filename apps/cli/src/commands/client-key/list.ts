import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { table } from "../../domain/table.ts";

/** `sigil client-key list`: every envelope key that was ever enrolled, and whether it is in force. */
export function clientKeyList({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "client-key list",
    action: "config.read",
    group: "Give access",
    summary: "list the envelope keys of programs that call SigilDERG",
    examples: ["client-key list"],
    answer: "sigilderg GET /v1/client-keys",
    run: (input) =>
      withDoor(input.settings, "config.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/client-keys");
        return {
          json: body,
          text: (style) => [
            ...(body.keys.length === 0 ? ["no client keys"] : []),
            ...table(
              body.keys.map(({ kid, principal, state, since, ends, routes }) => [
                kid,
                principal,
                state === "active" ? style.good(state) : style.warn(state),
                ends === null ? `since ${since}` : `until ${ends}`,
                routes.join(", "),
              ]),
            ),
          ],
        };
      }),
  };
}
