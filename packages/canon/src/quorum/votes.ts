import { CanonError } from "../error.ts";
import type { ReadPlatform } from "../platform.ts";
import { keyOf } from "../signature.ts";
import { coversLeaf } from "../trust/log-key.ts";
import type { Attestation, Attestations, SignedAttestation } from "./attestation.ts";
import type { Proposal } from "./proposal.ts";
import type { Moment, Witness, WitnessKey, WitnessSet } from "./witness-set.ts";

/** Why a vote does not count. The list is closed. */
export type VoteRefusal =
  | "duplicate-witness"
  | "not-eligible"
  | "revoked-key"
  | "self-attestation"
  | "unknown-witness"
  | "wrong-digest";

/** A vote where the log holds it. */
export interface RecordedVote extends Moment {
  /** Hash of the `proposal.vote` record. */
  readonly hash: string;
  readonly vote: SignedAttestation;
}

declare const verified: unique symbol;
/** A vote whose signature was checked under a key that its witness had at its leaf. Only {@link Votes.verifyVote} makes one. */
export type VerifiedVote = RecordedVote & { readonly [verified]: true };

/** Votes that count, and why the others do not. */
export interface VoteCount {
  readonly approve: readonly VerifiedVote[];
  readonly reject: readonly VerifiedVote[];
  readonly void: readonly {
    readonly vote: VerifiedVote;
    readonly code: VoteRefusal;
    readonly detail: string;
  }[];
  /** Principals who have used their vote, whether or not it still counts. */
  readonly voted: ReadonlySet<string>;
}

/** Votes under the keys of a witness set. */
export interface Votes {
  /**
   * The vote, if its attestation has its shape and is signed by a key that the witness it names had at its leaf. Throws
   * `unknown-witness`, `key-unknown`, `revoked-key` (rotated away or revoked before it), `signature-invalid` or `field-…`.
   */
  verifyVote(recorded: RecordedVote, set: WitnessSet): VerifiedVote;
  /**
   * The attestation, if it may be recorded now, after `votes`: what {@link Votes.verifyVote} asks, and what
   * {@link countVotes} asks. Throws the {@link VoteRefusal} otherwise.
   */
  admitVote(
    vote: unknown,
    ballot: Ballot & { readonly votes: readonly VerifiedVote[]; readonly set: WitnessSet },
  ): Attestation;
}

/** A proposal and its digest. */
export interface Ballot {
  readonly proposal: Proposal;
  readonly digest: string;
}

/** A leaf behind every other: the log as it is now. */
export const NOW_LEAF: number = Number.MAX_SAFE_INTEGER;

interface Reason {
  readonly code: VoteRefusal;
  readonly detail: string;
}

function witnessOf(set: WitnessSet, { witness: id }: Attestation): Witness {
  const witness = set.witnesses.find((each) => each.id === id);
  if (witness === undefined) throw new CanonError("unknown-witness", `no witness is called ${id}`);
  return witness;
}

function keyAt(witness: Witness, { keyId }: Attestation, leaf: number): WitnessKey {
  const key = witness.keys.find(({ kid }) => kid === keyId);
  if (key === undefined)
    throw new CanonError("key-unknown", `key ${keyId} was never a key of witness ${witness.id}`);
  if (!coversLeaf(key, leaf)) {
    const message = `key ${keyId} of witness ${witness.id} is valid for leaves ${key.from} to ${key.to ?? "the last"}, the vote is at ${leaf === NOW_LEAF ? "the end" : leaf}; sign with the present key`;
    throw new CanonError("revoked-key", message);
  }
  return key;
}

/** Why a vote does not count after those that do; undefined when it does. */
function against(
  { proposal, digest }: Ballot,
  { keyId, proposalDigest, witness: id }: Attestation,
  set: WitnessSet,
  leaf: number,
  voted: ReadonlySet<string>,
): Reason | undefined {
  if (proposalDigest !== digest)
    return { code: "wrong-digest", detail: `${id} voted on ${proposalDigest}, this proposal is ${digest}` };
  const witness = set.witnesses.find((each) => each.id === id);
  if (witness === undefined) return { code: "unknown-witness", detail: `no witness is called ${id}` };
  if (witness.principal === proposal.proposer)
    return {
      code: "self-attestation",
      detail: `${id} is ${witness.principal}, who proposed it; others must agree`,
    };
  if (!proposal.eligible.includes(id))
    return { code: "not-eligible", detail: `${id} was no active witness when the proposal was created` };
  if (voted.has(witness.principal))
    return { code: "duplicate-witness", detail: `${id} voted already; the first vote counts` };
  const revoked = witness.keys.find(({ kid }) => kid === keyId)?.revoked;
  if (revoked !== undefined && revoked !== null && revoked.leaf <= leaf)
    return { code: "revoked-key", detail: `key ${keyId} of ${id} was revoked at leaf ${revoked.leaf}` };
  return undefined;
}

/**
 * Counts verified votes for a commit at `leaf` (the end of the log when absent): by distinct principal, the proposer's never,
 * each witness's first alone, and none whose key was revoked at or before that leaf. Pure; the order of votes is that of their
 * leaves, whatever order they are given in. Nothing is decided by `iat`.
 */
export function countVotes(
  ballot: Ballot,
  votes: readonly VerifiedVote[],
  set: WitnessSet,
  leaf: number = NOW_LEAF,
): VoteCount {
  const approve: VerifiedVote[] = [];
  const reject: VerifiedVote[] = [];
  const others: VoteCount["void"][number][] = [];
  const voted = new Set<string>();
  for (const vote of votes.toSorted((a, b) => a.leaf - b.leaf)) {
    const { attestation } = vote.vote;
    const reason = against(ballot, attestation, set, leaf, voted);
    if (reason !== undefined) others.push({ vote, ...reason });
    else if (attestation.verdict === "approve") approve.push(vote);
    else reject.push(vote);
    // A witness has one vote, also when the key that cast it was revoked since.
    if (reason === undefined || reason.code === "revoked-key")
      voted.add(witnessOf(set, attestation).principal);
  }
  return { approve, reject, void: others, voted };
}

export function bindVotes(
  { verifyKey }: Pick<ReadPlatform, "verifyKey">,
  { verifyAttestation }: Attestations,
): Votes {
  const verify = (vote: unknown, set: WitnessSet, leaf: number): Attestation => {
    const named = (vote as SignedAttestation | null)?.attestation;
    return verifyAttestation(vote, () =>
      keyOf(keyAt(witnessOf(set, named as Attestation), named as Attestation, leaf), verifyKey, "$"),
    );
  };
  return {
    verifyVote(recorded, set) {
      verify(recorded.vote, set, recorded.leaf);
      return recorded as VerifiedVote;
    },
    admitVote(vote, { proposal, digest, votes, set }) {
      const attestation = verify(vote, set, NOW_LEAF);
      const ballot = { proposal, digest };
      const { voted } = countVotes(ballot, votes, set);
      const reason = against(ballot, attestation, set, NOW_LEAF, voted);
      if (reason !== undefined) throw new CanonError(reason.code, reason.detail);
      return attestation;
    },
  };
}
