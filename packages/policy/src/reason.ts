/**
 * Every reason that a decision can give, with the status that it answers. The list is closed. `solo-mode` is the only one
 * of an allow: it marks what a quorum would have had to agree to. The last four are no answer of `decide`: the door turns a
 * known caller away with them before it asks.
 */
export const REASONS = {
  "solo-mode": 200,
  "licence-required": 401,
  "action-unknown": 404,
  "facts-invalid": 403,
  "level-too-low": 403,
  "locked-down": 403,
  "not-found": 404,
  "out-of-scope": 403,
  "policy-failed": 403,
  "quorum-required": 403,
  "service-only": 403,
  "trust-too-low": 403,
  "witness-required": 403,
  "content-type": 415,
  "csrf-refused": 403,
  "origin-refused": 403,
  "rate-limited": 429,
} as const;

export type ReasonCode = keyof typeof REASONS;
export type DecisionStatus = (typeof REASONS)[ReasonCode];

/** One reason: a code, and a sentence with the value, the limit and where possible the remedy. */
export interface Reason {
  readonly code: ReasonCode;
  readonly detail: string;
}
