import { PROPOSED } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import { GOVERNING, propose } from "../../domain/govern.ts";
import type { Needs } from "../../domain/needs.ts";
import { proofFor } from "../../domain/quorum/proof.ts";

/** `sigil witness rotate <proof>`: proposes that a witness votes with another key from then on. */
export function witnessRotate({
  withDoor,
  readText,
  runtimeOf,
}: Pick<Needs, "withDoor" | "readText" | "runtimeOf">): Command {
  return {
    path: "witness rotate",
    action: "proposal.create",
    group: "Govern",
    summary: "propose another key of a witness, handed over by the old one or in the place of a lost one",
    arguments: [
      { usage: "<proof>", summary: "the proof file that `witness key --replaces` or `--lost` wrote" },
    ],
    options: GOVERNING,
    examples: ["witness rotate bea-2.key.proof.json --reason 'a year is over'"],
    answer: PROPOSED,
    async run(input) {
      const path = input.argument("proof");
      const { witness, old } = proofFor(path, readText, runtimeOf(input.settings), "next");
      return propose(withDoor, input, { action: "witness.rotate", request: { witness, old } });
    },
  };
}
