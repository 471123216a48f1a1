/** Everything that this package refuses by throwing, as kebab-case facts. The list is closed. */
export type PolicyErrorCode =
  | "action-unknown"
  | "chain-too-long"
  | "host-call-unknown"
  | "level-unknown"
  | "model-invalid"
  | "model-uncalibrated"
  | "table-incomplete"
  | "table-inviolable"
  | "table-invalid"
  | "table-surplus"
  | "time-malformed"
  // Licences, one code for each way in which one can be no licence
  | "licence-algorithm"
  | "licence-canon-mismatch"
  | "licence-duplicate"
  | "licence-expired"
  | "licence-key-unknown"
  | "licence-level-unknown"
  | "licence-malformed"
  | "licence-missing"
  | "licence-not-yet-valid"
  | "licence-out-of-scope"
  | "licence-possession"
  | "licence-revoked"
  | "licence-runtime-mismatch"
  | "licence-signature"
  | "licence-superseded"
  | "licence-type"
  | "licence-unrecorded";

/** The only error that this package throws on purpose. `message` never contains a licence. */
export class PolicyError extends Error {
  readonly code: PolicyErrorCode;

  constructor(code: PolicyErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "PolicyError";
    this.code = code;
  }
}
