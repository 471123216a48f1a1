import {
  countVotes,
  type Proposal,
  type VerifiedVote,
  type VoteCount,
  type Witness,
  type WitnessSet,
} from "@sigil/canon/portable";

/** Where a proposal stands. `committed` and `withdrawn` are recorded; the others follow from records and the clock. */
export const PROPOSAL_STATES = [
  "open",
  "approved",
  "committed",
  "rejected",
  "expired",
  "withdrawn",
  "stale",
] as const;
export type ProposalStateName = (typeof PROPOSAL_STATES)[number];

/** Everything that the state of a proposal follows from, beside the clock. */
export interface ProposalHistory {
  readonly proposal: Proposal;
  readonly digest: string;
  readonly votes: readonly VerifiedVote[];
  /** The set in force; null in solo mode. */
  readonly set: WitnessSet | null;
  /** What its `proposal.closed` record says; null while there is none. */
  readonly closed: "committed" | "withdrawn" | null;
  /** Time of the record that follows `prevHash` in the target's stream; null while `prevHash` is its tip. */
  readonly moved: string | null;
  /** Ids of witnesses whose votes do not count now, because of an incident. Absent: none. */
  readonly suspended?: readonly string[];
}

/** The state and what it was counted from. */
export interface ProposalState {
  readonly state: ProposalStateName;
  /** Approvals that count now. */
  readonly have: number;
  readonly need: number;
  /** Ids of the eligible witnesses who may still vote. */
  readonly missing: readonly string[];
  /** Votes against that count. */
  readonly against: number;
  readonly count: VoteCount;
  /** When it came to its end, for one that nobody closed; null otherwise. */
  readonly since: string | null;
}

const NOBODY: WitnessSet = { runtimeId: "", version: 0, record: "", leaf: 0, witnesses: [] };

/** When an eligible witness could no more approve; undefined while its approval counts or can still come. */
function lostAt(id: string, { proposal, set }: ProposalHistory, count: VoteCount): string | undefined {
  const is = ({ vote }: VerifiedVote) => vote.attestation.witness === id;
  const witness = set?.witnesses.find((each) => each.id === id);
  if (witness === undefined) return proposal.createdAt;
  const rejected = count.reject.find(is)?.ts;
  const cast = count.void.find(({ vote, code }) => code === "revoked-key" && is(vote))?.vote;
  return earliest(rejected, cast === undefined ? revokedAt(witness) : lostVote(witness, cast));
}

function revokedAt({ keys, status }: Witness): string | undefined {
  return status === "revoked" ? keys.at(-1)?.revoked?.ts : undefined;
}

/** A vote whose key was revoked: gone at once if it was against, else with its key. */
function lostVote({ keys }: Witness, { ts, vote: { attestation } }: VerifiedVote): string | undefined {
  const revoked = keys.find(({ kid }) => kid === attestation.keyId)?.revoked?.ts;
  return attestation.verdict === "reject" ? ts : revoked;
}

// RFC 3339 in UTC with milliseconds: the order of the texts is the order of the times.
function earliest(...times: readonly (string | undefined)[]): string | undefined {
  return times.filter((each) => each !== undefined).sort()[0];
}

/**
 * Where a proposal stands at `now` (RFC 3339, milliseconds, Z; the store's clock). Pure and total. What somebody recorded is
 * final. Otherwise the first of three moments ends it: its time is over (at `expiresAt` itself already), its target's stream
 * went on (`stale`), or so many eligible witnesses rejected it or were revoked that k cannot be reached (`rejected`); what ended
 * it never changes later. Without an end it is `approved` from the moment when the approvals reach k, so in solo mode at once.
 */
export function proposalState(history: ProposalHistory, now: string): ProposalState {
  const { proposal, digest, votes, set, closed, moved, suspended = [] } = history;
  const { eligible, expiresAt, requiredK: need } = proposal;
  const count = countVotes({ proposal, digest }, votes, set ?? NOBODY);
  const have = count.approve.filter(({ vote }) => !suspended.includes(vote.attestation.witness)).length;
  const lost = eligible.flatMap((id) => lostAt(id, history, count) ?? []).sort();
  const missing = eligible.filter((id) => {
    const witness = set?.witnesses.find((each) => each.id === id);
    return witness?.status === "active" && !count.voted.has(witness.principal);
  });
  const known = { have, need, missing, against: count.reject.length, count };
  if (closed !== null) return { state: closed, since: null, ...known };
  const ends: readonly (readonly [ProposalStateName, string | null | undefined])[] = [
    ["rejected", need > eligible.length ? proposal.createdAt : lost[eligible.length - need]],
    ["stale", moved],
    ["expired", now >= expiresAt ? expiresAt : null],
  ];
  let state: ProposalStateName = have >= need ? "approved" : "open";
  let since: string | null = null;
  for (const [end, at] of ends) {
    if (at === null || at === undefined || (since !== null && since <= at)) continue;
    state = end;
    since = at;
  }
  return { state, since, ...known };
}
