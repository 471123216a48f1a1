import { PROPOSED } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import { GOVERNING, propose } from "../../domain/govern.ts";
import type { Needs } from "../../domain/needs.ts";
import { proofFor } from "../../domain/quorum/proof.ts";

/** `sigil witness add <proof>`: proposes to the witnesses that another one joins them. */
export function witnessAdd({
  withDoor,
  readText,
  runtimeOf,
}: Pick<Needs, "withDoor" | "readText" | "runtimeOf">): Command {
  return {
    path: "witness add",
    action: "proposal.create",
    group: "Govern",
    summary: "propose that another witness joins, by the proof that `witness key` wrote",
    arguments: [{ usage: "<proof>", summary: "the proof file of the new witness" }],
    options: GOVERNING,
    examples: ["witness add eve.key.proof.json --reason 'a fourth'"],
    answer: PROPOSED,
    async run(input) {
      const { witness } = proofFor(input.argument("proof"), readText, runtimeOf(input.settings), "first");
      return propose(withDoor, input, { action: "witness.add", request: { witness } });
    },
  };
}
