import type { ActionRow } from "@sigil/policy";
import { z } from "zod";
import { writtenFile } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import { CliError } from "../../domain/error.ts";
import type { Needs } from "../../domain/needs.ts";
import { accountOf } from "../../domain/quorum/account.ts";
import { keyFileOf } from "../../domain/quorum/cast.ts";
import { type AttestationFile, attestationFile, fileText, readRequest } from "../../domain/quorum/files.ts";
import { confirmSigning, SIGNING, type Signing, signVote } from "../../domain/quorum/vote.ts";
import { witnessKeyHeader } from "../../domain/quorum/witness-key.ts";
import { changeLines, signedLines } from "../../domain/show/proposal.ts";

type Wanted = Signing & Pick<Needs, "writeText" | "tell">;

/**
 * `sigil proposal sign <request>`: a vote signed where no runtime is. The file is held against its digest, everything that is
 * signed is shown, and nothing but the attestation is written.
 */
export function proposalSign(needs: Wanted): Command {
  const { readText, writeText, tell, now } = needs;
  return {
    path: "proposal sign",
    action: "local.run",
    group: "Govern",
    summary: "sign an exported proposal on a machine without a runtime; shows what is signed",
    arguments: [{ usage: "<request>", summary: "the file that `proposal export` wrote" }],
    options: [
      ...SIGNING,
      { flags: "--reject", summary: "sign a vote against it" },
      { flags: "--out <file>", summary: "write the attestation to this new file instead of standard output" },
    ],
    examples: ["proposal sign request.json --key bea.key --out vote.json"],
    answer: [
      attestationFile,
      writtenFile({ proposal: z.string(), digest: z.string(), witness: z.string(), verdict: z.string() }),
    ],
    async run(input) {
      const path = input.argument("request");
      const request = readRequest(path, readText(path));
      const file = keyFileOf(input);
      const { kid } = witnessKeyHeader(file, readText(file));
      const voter = request.witnesses.find((witness) => witness.kid === kid);
      if (voter === undefined)
        throw new CliError(
          "witness-key-unknown",
          `${path} names nobody with the key ${kid} of ${file}; it names ${request.witnesses.map(({ id }) => id).join(", ") || "nobody"}`,
          "Name the key file of one of them, or have the proposal exported again if the key is newer.",
        );
      const { proposal, digest } = request;
      const verdict = input.flag("reject") ? "reject" : "approve";
      const account = accountOf(proposal, request.table as readonly ActionRow[] | null);
      tell((style) => [
        `${style.bold(verdict === "approve" ? "You are asked to approve" : "You are about to reject")} as ${voter.id} (${voter.principal})`,
        ...signedLines({ proposal, digest, account }, now(), style),
        ...changeLines({ account }, style),
        "",
      ]);
      await confirmSigning(needs, input, verdict, { id: proposal.id, digest });
      const vote = await signVote(needs, input, { file, voter, verdict, digest });
      const attestation: AttestationFile = {
        ...{ v: 1, type: "sigil-attestation", proposal: proposal.id },
        ...{ vote, reason: input.option("reason") ?? "" },
      };
      const out = input.option("out");
      if (out === undefined) return { json: attestation, text: () => [JSON.stringify(attestation, null, 2)] };
      writeText(out, fileText(attestation), false);
      return {
        json: { file: out, proposal: proposal.id, digest, witness: voter.id, verdict },
        text: (style) => [
          `${style.good("signed")}  ${out}: ${verdict} of proposal ${proposal.id} as ${voter.id}`,
          `Where the runtime is, with a licence of ${voter.principal}: ${style.bold(`sigil proposal import ${out}`)}`,
        ],
      };
    },
  };
}
