/** Everything that packages/policy refuses, as facts. */
export const POLICY_CODES = [
  "action-unknown",
  "table-invalid",
  "level-unknown",
  "licence-missing",
  "licence-malformed",
  "licence-type",
  "licence-algorithm",
  "licence-key-unknown",
  "licence-signature",
  "licence-not-yet-valid",
  "licence-expired",
  "licence-revoked",
  "licence-superseded",
  "licence-runtime-mismatch",
  "licence-canon-mismatch",
  "licence-level-unknown",
  "licence-out-of-scope",
  "licence-duplicate",
  "licence-possession",
  "licence-unrecorded",
] as const;
export type PolicyErrorCode = (typeof POLICY_CODES)[number];

export class PolicyError extends Error {
  readonly code: PolicyErrorCode;

  constructor(code: PolicyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PolicyError";
    this.code = code;
  }
}
