/** Why MMF refuses to load a module or to take a run. */
type MmfErrorCode =
  | "manifest-malformed"
  | "module-file-missing"
  | "module-file-unlisted"
  | "module-file-altered"
  | "module-file-refused"
  | "module-too-large"
  | "module-duplicate"
  | "module-unknown"
  | "module-digest-mismatch"
  | "limit-over-ceiling"
  | "input-schema-unsupported"
  | "input-invalid"
  | "grant-mismatch"
  | "input-record-mismatch"
  | "runner-queue-full"
  | "isolation-unavailable"
  | "runner-start-failed";

/** Message = the value, the limit and the remedy. */
export class MmfError extends Error {
  readonly code: MmfErrorCode;
  constructor(code: MmfErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MmfError";
    this.code = code;
  }
}
