import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { table } from "../../domain/table.ts";

/** `sigil witness show <id>`: every key that a witness ever had, and the records that made it what it is. */
export function witnessShow({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "witness show",
    action: "witness.read",
    group: "Govern",
    summary: "show a witness: its keys with the leaves they count for, and what changed it",
    arguments: [{ usage: "<id>", summary: "the witness; `sigil witness list` shows them" }],
    examples: ["witness show w-bea"],
    answer: "sigilderg GET /v1/witnesses/:id",
    run: (input) =>
      withDoor(input.settings, "witness.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/witnesses/:id", {
          params: { id: input.argument("id") },
        });
        const { witness, history } = body;
        return {
          json: body,
          text: (style) => [
            `${style.bold(witness.id)}  ${witness.principal}  ${witness.status === "active" ? style.good("active") : style.bad("revoked")}`,
            ...table(
              witness.keys.map(({ kid, from, to }) => [
                kid,
                to === null
                  ? style.good(`counts from leaf ${from} on`)
                  : style.dim(`counted for leaves ${from} to ${to - 1}`),
              ]),
              "  ",
            ),
            "",
            ...table(
              history.map(({ version, change, record, proposal, ts }) => [
                `version ${version}`,
                change,
                ts,
                proposal === null ? "by the ceremony" : `by proposal ${proposal}`,
                style.dim(`record ${record.id}`),
              ]),
              "  ",
            ),
          ],
        };
      }),
  };
}
