export type { LicenceClaims } from "./licence/claims.ts";
export { issueLicence, LICENCE_TYPE } from "./licence/issue.ts";
export { LICENCE_SKEW, type LicenceChecks, verifyLicence } from "./licence/verify.ts";
export * from "./portable.ts";
export { manualReviewOutput, type RuleZeroOutput, ruleZeroOutput } from "./rule-zero/output.ts";
