import type { CanonRecord } from "@sigil/canon";
import { type ProposalState, proposalState } from "@sigil/policy";
import type { Placed } from "./placed.ts";
import { type KeptProposal, PROPOSAL_KINDS, ProposalRegister } from "./proposal-register.ts";
import { StreamTips } from "./stream-tips.ts";
import { WITNESS_KINDS, WitnessRegister } from "./witness-register.ts";

/** The records by which people govern, and those whose streams a proposal may go on. */
export const GOVERNANCE_KINDS = [...WITNESS_KINDS, ...PROPOSAL_KINDS, "log.policy"] as const;

/** Whether somebody can still do something about a proposal. */
export function isWaiting({ state }: Pick<ProposalState, "state">): boolean {
  return state === "open" || state === "approved";
}

/** What the records say about witnesses and proposals, followed together: votes are verified under the set at their leaf. */
export class Governance {
  readonly witnesses: WitnessRegister;
  readonly proposals = new ProposalRegister();
  readonly tips = new StreamTips();

  constructor(runtimeId: string) {
    this.witnesses = new WitnessRegister(runtimeId);
  }

  /** Follows one record at its place. Records come in the order of the log; one that came before changes nothing. */
  absorb(record: CanonRecord, placed: Placed): void {
    this.tips.absorb(record, placed);
    this.witnesses.absorb(record, placed);
    this.proposals.absorb(record, placed, this.witnesses.set);
  }

  /** Where a proposal stands at `now`, RFC 3339 with milliseconds and Z. */
  stateOf(kept: KeptProposal, now: string): ProposalState {
    const { proposal, digest, votes, closed } = kept;
    const state = proposalState(
      {
        proposal,
        digest,
        votes: votes.map(({ verified }) => verified),
        set: this.witnesses.set ?? null,
        closed: closed?.state ?? null,
        moved: this.tips.moved(proposal.entry.stream, proposal.prevHash),
      },
      now,
    );
    if (!isWaiting(state)) this.proposals.ended(kept);
    return state;
  }

  /** Those that are open or approved at `now`, in the order in which they were created. */
  waiting(now: string): KeptProposal[] {
    return [...this.proposals.live].filter((kept) => isWaiting(this.stateOf(kept, now)));
  }
}
