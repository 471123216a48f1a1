import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { table } from "../../domain/table.ts";

/** `sigil witness list`: who attests proposals here, and with which key. */
export function witnessList({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "witness list",
    action: "witness.read",
    group: "Govern",
    summary: "list the witnesses, active and revoked, with their present keys",
    examples: ["witness list"],
    answer: "sigilderg GET /v1/witnesses",
    run: (input) =>
      withDoor(input.settings, "witness.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/witnesses");
        return {
          json: body,
          text: (style) => [
            ...(body.witnesses.length === 0
              ? [
                  "no witnesses: this runtime is in solo mode",
                  "A Root enters the quorum: sigil quorum enter <proof>…",
                ]
              : [`version ${body.version} of the witness set`]),
            ...table(
              body.witnesses.map(({ id, principal, status, keys }) => [
                id,
                principal,
                status === "active" ? style.good(status) : style.bad(status),
                keys.find(({ to }) => to === null)?.kid ?? style.dim("no key counts any more"),
              ]),
              "  ",
            ),
          ],
        };
      }),
  };
}
