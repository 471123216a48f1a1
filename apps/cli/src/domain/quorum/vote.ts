import { type SignedAttestation, signAttestation } from "@sigil/canon";
import type { Input, Option } from "../command.ts";
import { CliError } from "../error.ts";
import type { Needs } from "../needs.ts";
import type { Voter } from "./witness.ts";
import { openWitnessKey } from "./witness-key.ts";

export type Verdict = SignedAttestation["attestation"]["verdict"];

/** What every command that signs a vote takes. */
export const SIGNING: readonly Option[] = [
  { flags: "--key <file>", summary: "the sealed key file of the witness" },
  {
    flags: "--digest <digest>",
    summary:
      "sign without a question, if the proposal still has exactly this digest; `proposal show` prints it",
  },
  {
    flags: "--passphrase-file <file>",
    summary: "file (0600) with the passphrase of the key; asked for without it",
  },
  { flags: "--reason <text>", summary: "why; recorded beside the vote, and not covered by its signature" },
];

export type Signing = Pick<Needs, "answer" | "passphrase" | "readText" | "now">;

/**
 * Whether the person, or the digest that a script names, wants exactly this signed.
 * @throws CliError `proposal-differs`, `not-confirmed`, `confirmation-missing`
 */
export async function confirmSigning(
  { answer }: Pick<Signing, "answer">,
  input: Input,
  verdict: Verdict,
  { id, digest }: { readonly id: string; readonly digest: string },
): Promise<void> {
  const wanted = input.option("digest");
  if (wanted === digest) return;
  if (wanted !== undefined)
    throw new CliError(
      "proposal-differs",
      `proposal ${id} has the digest ${digest}, and ${wanted} was to be signed`,
      "Look at it again, and sign the digest that it has.",
    );
  const said = await answer(`${verdict === "approve" ? "Approve" : "Reject"} exactly this? Type yes: `);
  if (said === "yes") return;
  if (said !== undefined)
    throw new CliError("not-confirmed", "nothing was signed", "Type yes to sign, in the same command.");
  throw new CliError(
    "confirmation-missing",
    "nobody is at the terminal to say that exactly this is to be signed",
    `A script names what was looked at: --digest ${digest}`,
  );
}

/** The vote of a witness, signed on this machine with its sealed key. */
export async function signVote(
  { passphrase, readText, now }: Signing,
  input: Input,
  { file, voter, verdict, digest }: Ballot,
): Promise<SignedAttestation> {
  const opened = await passphrase(`the key file ${file}`, false, input.option("passphraseFile"));
  const key = openWitnessKey(file, readText(file), opened);
  const iat = now().toISOString();
  return signAttestation({ proposalDigest: digest, verdict, witness: voter.id, iat }, key);
}

export interface Ballot {
  readonly file: string;
  readonly voter: Voter;
  readonly verdict: Verdict;
  /** Of the proposal, computed here. */
  readonly digest: string;
}
