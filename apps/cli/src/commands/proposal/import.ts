import { VOTED } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { votedLines } from "../../domain/quorum/cast.ts";
import { readAttestation } from "../../domain/quorum/files.ts";

/** `sigil proposal import <attestation>`: hands in a vote that was signed elsewhere. */
export function proposalImport({ withDoor, readText }: Pick<Needs, "withDoor" | "readText">): Command {
  return {
    path: "proposal import",
    action: "proposal.attest",
    group: "Govern",
    summary: "hand in an attestation that was signed on another machine",
    arguments: [{ usage: "<attestation>", summary: "the file that `proposal sign` wrote" }],
    examples: ["proposal import vote.json"],
    answer: VOTED,
    async run(input) {
      const path = input.argument("attestation");
      const { proposal: id, vote, reason } = readAttestation(path, readText(path));
      return withDoor(input.settings, "proposal.attest", async (door) => {
        const { body } = await door.call("sigilderg POST /v1/proposals/:id/attestations", {
          params: { id },
          body: { vote, reason },
        });
        const { verdict, witness } = vote.attestation;
        return {
          json: { ...body, proposal: id },
          text: (style) => votedLines(id, verdict, witness, body, style),
        };
      });
    },
  };
}
