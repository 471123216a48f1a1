import { LOAS } from "@sigil/canon";
import { type ProposalState, rankLoa } from "@sigil/policy";
import type { QueryOf, ResponseOf } from "@sigil/wire";
import type { Cursors } from "../records/cursors.ts";
import { type Governance, isWaiting } from "./governance.ts";
import { type QuorumParts, requireProposal, standing } from "./parts.ts";
import type { KeptProposal } from "./proposal-register.ts";

type Query = QueryOf<"sigilderg GET /v1/proposals">;
type Filter = Omit<Query, "limit" | "cursor">;

const LIST = "proposals";
/** The highest level first. */
const LEVELS = [...LOAS].sort((a, b) => rankLoa(b) - rankLoa(a));

/**
 * `GET /v1/proposals`: by the level of whoever proposed, the highest first, then by age. A cursor is the id of the last one that
 * was shown, and holds across restarts.
 * @throws ProblemError `cursor-invalid`
 */
export function proposalList(
  parts: Pick<QuorumParts, "projection" | "now"> & { readonly cursors: Cursors },
  { limit = 50, cursor, ...filter }: Query,
): ResponseOf<"sigilderg GET /v1/proposals"> {
  const { governance } = parts.projection;
  const at = parts.now();
  const last =
    cursor === undefined ? undefined : requireProposal(parts, parts.cursors.read(LIST, cursor, filter));
  const page: { kept: KeptProposal; state: ProposalState }[] = [];
  let more = false;
  for (const kept of candidates(governance, filter, last, at)) {
    if (!mayMatch(kept, filter)) continue;
    const state = governance.stateOf(kept, at);
    if (!hasState(state, filter)) continue;
    more = page.length === limit;
    if (more) break;
    page.push({ kept, state });
  }
  const end = page.at(-1)?.kept.proposal.id;
  return {
    proposals: page.map(({ kept: { proposal, digest }, state }) => {
      const { id, action, proposer, reason, createdAt, expiresAt } = proposal;
      return { id, action, digest, proposer, reason, createdAt, expiresAt, ...standing(state) };
    }),
    next: more && end !== undefined ? parts.cursors.write(LIST, end, filter) : null,
  };
}

/** Whoever may be meant, in the order of the list, behind `last`: the least that an index gives. */
function* candidates(
  governance: Governance,
  { proposer, state }: Filter,
  last: KeptProposal | undefined,
  now: string,
): Generator<KeptProposal> {
  const { proposals } = governance;
  const waiting = state === "waiting" || state === "open" || state === "approved";
  const few = waiting ? governance.waiting(now) : proposer === undefined ? undefined : proposals.by(proposer);
  for (const loa of LEVELS) {
    if (last !== undefined && rankLoa(loa) > rankLoa(last.loa)) continue;
    const level = few === undefined ? proposals.of(loa) : few.filter((kept) => kept.loa === loa);
    const from = last?.loa === loa ? firstBehind(level, last.placed.index) : 0;
    for (let at = from; at < level.length; at += 1) yield level[at] as KeptProposal;
  }
}

/** Position of the first one behind a leaf; a level is in the order of the log. */
function firstBehind(level: readonly KeptProposal[], leaf: number): number {
  let [low, high] = [0, level.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((level[middle] as KeptProposal).placed.index <= leaf) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What is known of a proposal without counting its votes. */
function mayMatch({ closed, proposal }: KeptProposal, { action, proposer, state }: Filter): boolean {
  if ((action ?? proposal.action) !== proposal.action) return false;
  if ((proposer ?? proposal.proposer) !== proposal.proposer) return false;
  const recorded = state === "committed" || state === "withdrawn";
  return state === undefined || (recorded ? closed?.state === state : closed === null);
}

function hasState(state: ProposalState, filter: Filter): boolean {
  if (filter.state === "waiting") return isWaiting(state);
  return filter.state === undefined || filter.state === state.state;
}
