import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { table } from "../../domain/table.ts";

/** `sigil proposal commit <id>`: writes exactly what was agreed to, once. */
export function proposalCommit({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "proposal commit",
    action: "proposal.commit",
    group: "Govern",
    summary: "write what was agreed to, exactly as it was signed, once",
    arguments: [{ usage: "<id>", summary: "the proposal; `sigil proposal list` shows them" }],
    examples: ["proposal commit 01a20aa4-5270-7021-a3bb-82fc72a97e42"],
    answer: "sigilderg POST /v1/proposals/:id/commit",
    run: (input) =>
      withDoor(input.settings, "proposal.commit", async (door) => {
        const id = input.argument("id");
        const { body } = await door.call("sigilderg POST /v1/proposals/:id/commit", { params: { id } });
        const ids = [...body.effects.map((effect) => effect.id), body.record.id];
        return {
          json: body,
          text: (style) => [
            `${style.good("committed")}  proposal ${id}: in force from now on`,
            ...table(
              [
                ...body.effects.map(({ kind, stream, id: effect, index }) => [
                  `leaf ${index}`,
                  kind,
                  stream,
                  effect,
                ]),
                [`leaf ${body.record.index}`, "proposal.closed", `proposal/${id}`, body.record.id],
              ],
              "  ",
            ),
            `Prove it to anybody: ${style.bold(`sigil canon export ${ids.join(" ")} --out bundle.json`)}`,
          ],
        };
      }),
  };
}
