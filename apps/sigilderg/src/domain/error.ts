/** What keeps the control plane from starting, or from believing its store. The list is closed. */
export type ControlPlaneErrorCode =
  | "ceremony-mismatch"
  | "development-bypass-exposed"
  | "development-bypass-invalid"
  | "genesis-mismatch"
  | "genesis-missing"
  | "governing-record-invalid"
  | "governing-record-unagreed"
  | "issuer-unproved"
  | "proposal-invalid"
  | "trust-file-unreadable"
  | "witness-set-invalid";

export class ControlPlaneError extends Error {
  readonly code: ControlPlaneErrorCode;
  /** The sentence for the operator. */
  readonly remedy: string;

  constructor(code: ControlPlaneErrorCode, message: string, remedy: string, options: ErrorOptions = {}) {
    super(message, options);
    this.name = "ControlPlaneError";
    this.code = code;
    this.remedy = remedy;
  }
}
