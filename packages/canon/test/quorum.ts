import { generateSeed, type SigningKey, signingKey } from "@sigil/crypto";
import * as canon from "../src/index.ts";
import { id, TS } from "./fixture.ts";

// People, their keys, and a proposal among them.
export const RUNTIME = "0193";
export const hash = (n: number): string => `sha256:${String(n).padStart(64, "0")}`;
export const newKey = (): SigningKey => signingKey(generateSeed());
export const people = ["ada", "bea", "cid", "dan", "eve"] as const;
export type Person = (typeof people)[number];
export const witnessKeys = Object.fromEntries(people.map((each) => [each, newKey()])) as Record<
  Person,
  SigningKey
>;
/** The witness of a person: its id says whose it is, and is another name. */
export const witnessId = (person: string): string => `w-${person}`;

export function proof(
  person: string,
  key: SigningKey,
  changes: Partial<Pick<canon.WitnessStatement, "runtimeId" | "id" | "principal" | "replaces">> = {},
): canon.WitnessProof {
  const statement = { runtimeId: RUNTIME, id: witnessId(person), principal: person, replaces: null };
  return canon.proveWitness({ ...statement, ...changes }, key);
}

export const entered = (of: readonly Person[] = ["ada", "bea", "cid"]) => ({
  v: 1,
  version: 1,
  witnesses: of.map((each) => proof(each, witnessKeys[each])),
  ts: TS,
});

export const at = (leaf: number, payload: unknown): canon.SetRecord => ({
  leaf,
  ts: TS,
  hash: hash(leaf),
  payload,
});

/** The set of the ceremony at leaf 10. */
export const firstSet = (of?: readonly Person[]): canon.WitnessSet =>
  canon.enterQuorum(RUNTIME, at(10, entered(of)));

export function proposal(changes: Partial<canon.Proposal> = {}): canon.Proposal {
  return {
    v: 1,
    id: id(100),
    runtimeId: RUNTIME,
    action: "config.change",
    entry: { kind: "config.change", stream: "system/config", loa: "Mentor" },
    content: { version: 1, values: { "rate.reads": 10 }, reason: "fewer", mode: "quorum" },
    prevHash: null,
    policyDigest: hash(1),
    requiredK: 2,
    witnessVersion: 1,
    eligible: ["w-bea", "w-cid"],
    proposer: "ada",
    reason: "too many reads",
    createdAt: TS,
    expiresAt: "2026-11-23T12:00:00.000Z",
    ...changes,
  };
}

export function ballot(of: Person, about: canon.Proposal, changes: Partial<canon.Attestation> = {}) {
  const attestation = {
    proposalDigest: canon.proposalDigest(about),
    verdict: "approve",
    witness: witnessId(of),
    iat: TS,
  } as const;
  return canon.signAttestation({ ...attestation, ...changes }, witnessKeys[of]);
}

export const voteAt = (leaf: number, vote: canon.SignedAttestation): canon.RecordedVote => ({
  leaf,
  ts: TS,
  hash: hash(leaf),
  vote,
});
