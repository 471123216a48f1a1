import type { Command } from "../../domain/command.ts";
import { reasonOf } from "../../domain/govern.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil proposal withdraw <id>`: takes one's own proposal back. */
export function proposalWithdraw({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "proposal withdraw",
    action: "proposal.withdraw",
    group: "Govern",
    summary: "take your own proposal back",
    arguments: [{ usage: "<id>", summary: "the proposal; `sigil proposal list` shows them" }],
    options: [{ flags: "--reason <text>", summary: "why; it is recorded and stays" }],
    examples: ["proposal withdraw 01a20aa4-5270-7021-a3bb-82fc72a97e42 --reason 'a better one follows'"],
    answer: "sigilderg POST /v1/proposals/:id/withdrawal",
    async run(input) {
      const id = input.argument("id");
      const reason = reasonOf(input);
      return withDoor(input.settings, "proposal.withdraw", async (door) => {
        const { body } = await door.call("sigilderg POST /v1/proposals/:id/withdrawal", {
          params: { id },
          body: { reason },
        });
        return {
          json: body,
          text: (style) => [
            `${style.good("withdrawn")}  proposal ${id}, record ${body.record.id}; nothing was changed`,
          ],
        };
      });
    },
  };
}
