export { ACTIONS, type ActionRow, type Least, type Quorum, type Recorded } from "./actions.ts";
export type { Caller, Facts, ServiceName } from "./caller.ts";
export { type Decision, decide, type Reason, type ReasonCode } from "./decide.ts";
export { POLICY_CODES, PolicyError, type PolicyErrorCode } from "./error.ts";
export { type Explanation, explain, type WaterfallStep } from "./explain.ts";
export { compareLoa, LOA, type Loa, minLoa, rankLoa } from "./loa.ts";
export { actionOfCall, HOST_CALLS, type HostCall } from "./rule-zero/host-calls.ts";
export {
  type EffectiveVerdict,
  effectiveVerdict,
  mostRestrictive,
  VERDICTS,
  type Verdict,
  type VerdictInput,
} from "./rule-zero/verdict.ts";
export { scopeAllows } from "./scope.ts";
export { actionRow, checkTable, digestTable, policyDigest } from "./table.ts";
export { FEATURES, type Feature, SIGNS, TRUST_MODEL, type TrustModel } from "./trust/model.ts";
export { type Reputation, reputation } from "./trust/reputation.ts";
export { type Contribution, logOddsOf, scoreTrust, sigmoid, type TrustResult } from "./trust/score.ts";
