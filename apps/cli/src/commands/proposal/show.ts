import { PROPOSAL } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { fetchProposal } from "../../domain/quorum/proposal.ts";
import { proposalLines } from "../../domain/show/proposal.ts";

/** `sigil proposal show <id>`: what it asks for, what would be different, who voted how, and what comes next. */
export function proposalShow({
  withDoor,
  runtimeOf,
  now,
}: Pick<Needs, "withDoor" | "runtimeOf" | "now">): Command {
  return {
    path: "proposal show",
    action: "proposal.read",
    group: "Govern",
    summary: "show a proposal: what would change, the votes, and what comes next",
    arguments: [{ usage: "<id>", summary: "the proposal; `sigil proposal list` shows them" }],
    examples: ["proposal show 01a20aa4-5270-7021-a3bb-82fc72a97e42"],
    answer: PROPOSAL,
    run: (input) =>
      withDoor(input.settings, "proposal.read", async (door) => {
        const checked = await fetchProposal(door, input.argument("id"), runtimeOf(input.settings));
        const { detail, digest, account } = checked;
        return {
          json: { ...detail, digest, account },
          text: (style) => proposalLines(checked, now(), style),
        };
      }),
  };
}
