// What both entries share as it is: no platform, no zod and no jose in it.
export { checkInviolable, checkTableChange } from "./action/change.ts";
export { checkTable } from "./action/check.ts";
export { type ActionRows, actionRow, findAction } from "./action/lookup.ts";
export type { ActionRow, InLockdown, Quorum, Recorded, ServiceCaller } from "./action/row.ts";
export { ACTIONS } from "./action/table.ts";
export { type Caller, effectiveLoa, type Via } from "./caller.ts";
export type { PolicyCase } from "./cases/case.ts";
export { type CaseReport, runCases } from "./cases/run.ts";
export type { Decision } from "./decide.ts";
export { PolicyError, type PolicyErrorCode } from "./error.ts";
export { type Explainable, type Explanation, explain, type WaterfallStep, waterfall } from "./explain.ts";
export type { Facts, History } from "./facts.ts";
export { compareLoa, isLoa, LOA, type Loa, minLoa, rankLoa } from "./loa.ts";
export { lockedDown } from "./lockdown.ts";
export type { Policy } from "./policy.ts";
export {
  PROPOSAL_EVENTS,
  PROPOSAL_TABLE,
  type ProposalEvent,
  type ProposalObjection,
  type ProposalRefusal,
  proposalObjection,
} from "./quorum/proposal-event.ts";
export {
  PROPOSAL_STATES,
  type ProposalHistory,
  type ProposalState,
  type ProposalStateName,
  proposalState,
} from "./quorum/proposal-state.ts";
export { quorumUnreachable, requiredK } from "./quorum/required.ts";
export { type DecisionStatus, REASONS, type Reason, type ReasonCode } from "./reason.ts";
export { type CallTarget, type Capability, capabilityCovers } from "./rule-zero/capability.ts";
export {
  isRunFault,
  RUN_FAULTS,
  type RunEndFacts,
  type RunFault,
  type Violation,
  violationOf,
} from "./rule-zero/faults.ts";
export { HOST_CALLS, type HostCall, type HostCallMethod, hostCall } from "./rule-zero/host-calls.ts";
export {
  type ChainRef,
  chainParents,
  MOST_ASKED_PARENTS,
  MOST_PARENTS,
  modelsAsked,
} from "./rule-zero/lineage.ts";
export {
  type Claim,
  type ContextRef,
  manualReviewOutput,
  OUTPUT_LIMITS,
  type RuleZeroOutput,
  type Verdict,
} from "./rule-zero/output.ts";
export { citedContext, type ReturnedRef, refsReturned, returnedRefs } from "./rule-zero/provenance.ts";
export {
  type EffectiveVerdict,
  effectiveVerdict,
  mostRestrictive,
  VERDICTS,
  type VerdictReason,
} from "./rule-zero/verdict.ts";
export { SCOPE_PATTERN, scopeAllows } from "./scope.ts";
export { checkCalibration, checkModel } from "./trust/check.ts";
export { type Contribution, evaluateTrust, sigmoid, type TrustResult } from "./trust/evaluate.ts";
export { FEATURES, type Feature, SIGNS, TRUST_MODEL, type TrustModel } from "./trust/model.ts";
export {
  afterCleanDay,
  daysToReach,
  GOOD_PER_DAY,
  HALF_LIFE_DAYS,
  INCIDENT_DAYS,
  SEVERITY,
} from "./trust/recovery.ts";
export { type Reputation, reputation } from "./trust/reputation.ts";
