import {
  CanonError,
  type Json,
  type Proposal,
  parseJson,
  proposalDigest,
  verifyWitnessProof,
} from "@sigil/canon";
import { CryptoError } from "@sigil/crypto";
import { actionRowSchema } from "@sigil/policy";
import { atoms, proposalSchema, signature, signedAttestation, witnessProof } from "@sigil/wire";
import { z } from "zod";
import { CliError, type CliErrorCode } from "../error.ts";

// What people hand to each other between machines. Nothing in these files is secret, and nothing in them is believed: what
// they bring is signed, and is held against what the signature is over before anybody sees it.

const MAX_BYTES = 512 * 1024;

export const proofFileSchema = z.strictObject({
  v: z.literal(1),
  type: z.literal("sigil-witness-proof"),
  witness: witnessProof,
  /** The old key's signature where one key hands over to another; null for a first key, and where the old one is lost. */
  old: signature.nullable(),
});
export type WitnessProofFile = z.infer<typeof proofFileSchema>;

export const requestFile = z.strictObject({
  v: z.literal(1),
  type: z.literal("sigil-proposal-request"),
  proposal: proposalSchema,
  digest: atoms.sha256Ref,
  /** Whose key is which, as the runtime said: it decides whose name a vote carries, not whether it counts. */
  witnesses: z.array(z.strictObject({ id: atoms.name, principal: atoms.name, kid: atoms.kid })).max(1024),
  /** The action table in force when this was written, as the runtime said; null where none is to be changed. */
  table: z.array(actionRowSchema).max(1024).nullable(),
});
export type RequestFile = z.infer<typeof requestFile>;

export const attestationFile = z.strictObject({
  v: z.literal(1),
  type: z.literal("sigil-attestation"),
  proposal: atoms.uuid7,
  vote: signedAttestation,
  reason: atoms.text(1024),
});
export type AttestationFile = z.infer<typeof attestationFile>;

/** The text of a file that somebody else reads. */
export function fileText(value: WitnessProofFile | RequestFile | AttestationFile): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A proof of possession that holds. @throws CliError `witness-proof-damaged` */
export function readWitnessProof(path: string, text: string): WitnessProofFile {
  const file = read(proofFileSchema, path, text, PROOF);
  held(path, PROOF, () => verifyWitnessProof(file.witness));
  return file;
}

/** A request that is what its digest says. @throws CliError `request-damaged` */
export function readRequest(
  path: string,
  text: string,
): Omit<RequestFile, "proposal"> & { readonly proposal: Proposal } {
  const file = read(requestFile, path, text, REQUEST);
  const proposal = file.proposal as Proposal;
  const actual = held(path, REQUEST, () => proposalDigest(proposal));
  if (actual !== file.digest)
    throw damaged(path, REQUEST, `it holds proposal ${actual} and says that it is ${file.digest}`);
  return { ...file, proposal };
}

/** An attestation of the right shape; whose key signed it, the runtime knows. @throws CliError `attestation-damaged` */
export function readAttestation(path: string, text: string): AttestationFile {
  return read(attestationFile, path, text, ATTESTATION);
}

interface Sort {
  readonly code: CliErrorCode;
  readonly what: string;
  readonly remedy: string;
}

const PROOF: Sort = {
  code: "witness-proof-damaged",
  what: "proof of a witness key",
  remedy: "Ask for the file that `sigil witness key` wrote, as it was.",
};
const REQUEST: Sort = {
  code: "request-damaged",
  what: "exported proposal",
  remedy: "Sign nothing of it. Have it exported again: sigil proposal export <id> --out <file>",
};
const ATTESTATION: Sort = {
  code: "attestation-damaged",
  what: "attestation",
  remedy: "Ask for the file that `sigil proposal sign` wrote, as it was.",
};

function read<S extends z.ZodType>(schema: S, path: string, text: string, sort: Sort): z.output<S> {
  const value: Json = held(path, sort, () =>
    parseJson(new TextEncoder().encode(text), { maxBytes: MAX_BYTES }),
  );
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw damaged(path, sort, `${["$", ...(issue?.path ?? [])].map(String).join(".")}: ${issue?.message}`);
}

function held<T>(path: string, sort: Sort, look: () => T): T {
  try {
    return look();
  } catch (cause) {
    if (!(cause instanceof CanonError || cause instanceof CryptoError)) throw cause;
    throw damaged(path, sort, `${cause.code}: ${cause.message}`, cause);
  }
}

function damaged(path: string, { code, what, remedy }: Sort, why: string, cause?: unknown): CliError {
  return new CliError(code, `${path} is no ${what} as it was written: ${why}`, remedy, { cause });
}
