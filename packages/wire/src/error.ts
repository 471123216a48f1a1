import type { PackageCode } from "./module-package/codes.ts";
import type { Problem } from "./problem/schema.ts";

/** Why an envelope, grant or response was refused: one code per check, named after the check. */
export const ENVELOPE_CODES = [
  "envelope-missing",
  "envelope-duplicate",
  "envelope-too-large",
  "envelope-malformed",
  "envelope-not-canonical",
  "envelope-unknown-field",
  "envelope-field",
  "stale-instance",
  "envelope-audience",
  "envelope-method",
  "envelope-path",
  "envelope-content-type",
  "envelope-expired",
  "envelope-future",
  "envelope-lifetime",
  "envelope-key-unknown",
  "envelope-issuer",
  "envelope-role",
  "envelope-route",
  "envelope-context",
  "envelope-licence",
  "envelope-grant",
  "envelope-body",
  "envelope-signature",
  "envelope-replayed",
  "nonce-window-full",
] as const;
export type EnvelopeCode = (typeof ENVELOPE_CODES)[number];

/** Why a run grant was refused. */
export const GRANT_CODES = [
  "grant-missing",
  "grant-malformed",
  "grant-signature",
  "grant-expired",
  "grant-future",
  "grant-holder",
] as const;
export type GrantCode = (typeof GRANT_CODES)[number];

/** Why a call through one of the clients gave no result. */
export const CLIENT_CODES = [
  "peer-unreachable",
  "peer-unproved",
  "peer-response-invalid",
  "peer-timeout",
  "peer-halted",
  "peer-aborted",
  "peer-refused",
  "peer-not-ready",
  "door-unreachable",
  "door-insecure",
  "door-timeout",
  "door-aborted",
  "door-response-invalid",
  "door-refused",
  "client-closed",
] as const;
export type ClientCode = (typeof CLIENT_CODES)[number];

/** Why a challenge was not answered, a payload not accepted, or a table row not found. */
export type TableCode =
  | "challenge-malformed"
  | "challenge-key-unknown"
  | "payload-kind-unknown"
  | "payload-invalid"
  | "route-unknown"
  | "response-mac";

export type WireErrorCode = EnvelopeCode | GrantCode | ClientCode | TableCode | PackageCode;

/**
 * The one error class of this package. `message` states value, limit and remedy and holds no secret and no
 * body text. `problem` is the peer's RFC 9457 answer when `code` is `peer-refused` or `door-refused`; `remedy`
 * is a sentence for the operator.
 */
export class WireError extends Error {
  readonly code: WireErrorCode;
  readonly problem: Problem | undefined;
  readonly remedy: string | undefined;

  constructor(
    code: WireErrorCode,
    message: string,
    options: { cause?: unknown; problem?: Problem; remedy?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "WireError";
    this.code = code;
    this.problem = options.problem;
    this.remedy = options.remedy;
  }
}
