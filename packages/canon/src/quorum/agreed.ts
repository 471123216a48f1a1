import { CanonError } from "../error.ts";
import type { CanonRecord } from "../record/frame.ts";
import type { Kind } from "../record/kinds.ts";
import { approvalsOf, leastApprovals } from "./governed.ts";
import type { Proposal } from "./proposal.ts";
import { countVotes, type VerifiedVote } from "./votes.ts";
import { activeWitnesses, type WitnessSet } from "./witness-set.ts";

/** Payload of the `proposal.closed` of a commit. */
export interface CommittedEnd {
  readonly state: "committed";
  readonly proposal: string;
  readonly digest: string;
  /** Hash of the `proposal.created` record. */
  readonly created: string;
  /** Hashes of the votes that count. */
  readonly votes: readonly string[];
  readonly witnessVersion: number;
  readonly witnessRecord: string | null;
  readonly effects: readonly {
    readonly id: string;
    readonly kind: Kind;
    readonly stream: string;
    readonly digest: string;
  }[];
}

/** A committed proposal and one record that it wrote, each where the log holds it. */
export interface Commitment {
  readonly effect: {
    readonly record: CanonRecord;
    readonly index: number;
    readonly draftDigest: string;
    /** Of the RFC 8785 bytes of its payload; of `record.erased`, of principal and completeness alone. */
    readonly contentDigest: string;
  };
  readonly proposal: {
    /** Its content is not looked at. */
    readonly proposal: Proposal;
    /** As it was computed. */
    readonly digest: string;
    /** Of the RFC 8785 bytes of its content. */
    readonly contentDigest: string;
    readonly index: number;
  };
  readonly end: {
    readonly payload: CommittedEnd;
    readonly stream: string;
    readonly ts: string;
    readonly index: number;
  };
  /** Those that the end names. */
  readonly votes: readonly VerifiedVote[];
  /** Every version of the witness set before the effect, the first at 0. */
  readonly sets: readonly WitnessSet[];
}

function need(holds: boolean, detail: string): void {
  if (!holds) throw new CanonError("quorum-invalid", detail);
}

/** That the effect is what the proposal says, and stands where it would have stood when it was proposed. */
function requireContent({ effect, proposal }: Commitment): void {
  const { kind, loa, prev, stream } = effect.record;
  const { entry, prevHash } = proposal.proposal;
  need(
    kind === entry.kind && loa === entry.loa,
    `the proposal is for a ${entry.kind} at ${entry.loa}, this is a ${kind} at ${loa}`,
  );
  if (kind === "record.erased") {
    need(
      effect.contentDigest === proposal.contentDigest,
      "the receipt is of another erasure than the proposal",
    );
    return;
  }
  need(stream === entry.stream, `the proposal is for ${entry.stream}, the record is in ${stream}`);
  need(prev === prevHash, `the proposal is for what follows ${prevHash}, the record follows ${prev}`);
  need(effect.contentDigest === proposal.contentDigest, "the record's payload is not the proposal's content");
}

/** The set that was in force when the proposal was created. */
function setAtCreation({ sets, proposal: { proposal, index } }: Commitment): WitnessSet {
  const { witnessVersion } = proposal;
  const set = sets[witnessVersion - 1];
  const next = sets[witnessVersion];
  need(
    set !== undefined && set.leaf < index,
    `no version ${witnessVersion} of the witness set was in force at leaf ${index}`,
  );
  need(
    next === undefined || index < next.leaf,
    `version ${witnessVersion} was not in force any more at leaf ${index}`,
  );
  return set as WitnessSet;
}

/**
 * That a committed proposal wrote a record of quorum mode, and that so many witnesses approved as its kind needs, whatever the
 * proposal asks. Pure. Returns who approved and how many were needed; throws `quorum-invalid`.
 */
export function requireAgreed(commitment: Commitment, runtimeId: string): string {
  const { effect, end, proposal: created, sets, votes } = commitment;
  const { payload } = end;
  const { proposal, digest } = created;
  const { id } = effect.record;
  const named = payload.effects.find((each) => each.id === id);
  need(named?.digest === effect.draftDigest, `${id} is not the record that the proposal's end names`);
  need(end.stream === `proposal/${payload.proposal}`, "the end of the proposal stands in another stream");
  const one = payload.effects.every(({ kind }) => kind === "record.erased") || payload.effects.length === 1;
  need(one, "a proposal writes one record, and its end names several");
  need(digest === payload.digest, `the proposal's digest is ${digest}, its end says ${payload.digest}`);
  need(
    proposal.id === payload.proposal && proposal.runtimeId === runtimeId,
    "the proposal is another's, or of another runtime",
  );
  requireContent(commitment);
  const { expiresAt } = proposal;
  need(
    effect.record.ts < expiresAt && end.ts < expiresAt,
    `it was committed at ${end.ts}, and its time was over at ${expiresAt}`,
  );
  need(
    created.index < effect.index && effect.index < end.index,
    "proposal, record and end are not in this order in the log",
  );
  const set = sets.at(-1) as WitnessSet;
  need(
    payload.witnessVersion === set.version && payload.witnessRecord === set.record,
    `the commit names another witness set than version ${set.version}`,
  );
  for (const { leaf } of votes)
    need(
      created.index < leaf && leaf < effect.index,
      `the vote at leaf ${leaf} is not between the proposal and its commit`,
    );
  const { approve } = countVotes({ proposal, digest }, votes, set, effect.index);
  const least = leastApprovals(effect.record) ?? 1;
  const k = Math.max(
    proposal.requiredK,
    approvalsOf(least, activeWitnesses(setAtCreation(commitment)).length),
  );
  need(approve.length >= k, `${approve.length} approvals count, ${k} are needed`);
  return `approved by ${approve.map(({ vote }) => vote.attestation.witness).join(", ")}; ${k} were needed`;
}
