import type { ProposalState, ProposalStateName } from "./proposal-state.ts";

/** What can be asked of a proposal. */
export const PROPOSAL_EVENTS = ["attest", "reject", "withdraw", "commit"] as const;
export type ProposalEvent = (typeof PROPOSAL_EVENTS)[number];

/** Why a proposal takes no event. The list is closed. */
export type ProposalRefusal =
  | "proposal-closed"
  | "proposal-expired"
  | "proposal-stale"
  | "quorum-not-reached";

const row = (event: ProposalRefusal | null, commit = event) =>
  ({ attest: event, reject: event, withdraw: event, commit }) as const;

/** What each state answers to each event: null where it goes on. */
export const PROPOSAL_TABLE: Readonly<
  Record<ProposalStateName, Readonly<Record<ProposalEvent, ProposalRefusal | null>>>
> = {
  open: row(null, "quorum-not-reached"),
  approved: row(null),
  committed: row("proposal-closed"),
  rejected: row("proposal-closed"),
  expired: row("proposal-expired"),
  withdrawn: row("proposal-closed"),
  stale: row("proposal-stale"),
};

/** A refusal with its sentence. */
export interface ProposalObjection {
  readonly code: ProposalRefusal;
  /** What is so, and what to do. */
  readonly detail: string;
}

const DETAILS: Readonly<Record<ProposalRefusal, (at: ProposalState) => string>> = {
  "proposal-closed": ({ state }) => `the proposal is ${state}; create another`,
  "proposal-expired": ({ since }) => `the proposal's time was over at ${since}; create another`,
  "proposal-stale": ({ since }) =>
    `what it would change was changed at ${since}; look at it and create another proposal`,
  "quorum-not-reached": ({ have, need, missing }) =>
    `${have} of ${need} approvals; ${missing.join(", ")} may still vote`,
};

/** Why a proposal in this state takes no such event; undefined when it does. */
export function proposalObjection(at: ProposalState, event: ProposalEvent): ProposalObjection | undefined {
  const code = PROPOSAL_TABLE[at.state][event];
  return code === null ? undefined : { code, detail: DETAILS[code](at) };
}
