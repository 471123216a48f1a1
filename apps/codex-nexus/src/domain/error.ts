/** Everything that this app refuses or finds damaged outside a request, as kebab-case facts. The list is closed. */
export type StoreErrorCode =
  // opening
  | "store-locked"
  | "store-not-empty"
  | "store-missing"
  | "store-newer"
  | "store-foreign"
  | "store-unreadable"
  | "root-key-wrong"
  | "kek-damaged"
  | "signing-key-missing"
  | "checkpoint-damaged"
  | "checkpoint-foreign"
  | "checkpoint-unreadable"
  | "bootstrap-invalid"
  | "trust-mismatch"
  // backup, restore, migrate
  | "backup-exists"
  | "backup-not-written"
  | "backup-not-verified"
  | "backup-foreign"
  | "segment-foreign"
  | "segment-damaged"
  | "segment-gap"
  | "segment-order"
  | "restore-quorum"
  | "export-not-verified"
  | "migrate-unreadable"
  // going on with a verification
  | "resume-invalid"
  | "resume-foreign"
  | "resume-stale"
  | "resume-inconsistent"
  | "resume-needs-keys"
  | "resume-or-from"
  // alarms: the store opens for reading its log only
  | "anchor-missing"
  | "anchor-invalid"
  | "rollback-detected"
  // one row
  | "row-malformed"
  | "kek-unknown"
  | "wrapped-dek"
  | "decrypt"
  | "record-malformed"
  | "signature"
  | "column-mismatch"
  | "record-hash"
  | "record-erased"
  | "rotation-invalid"
  // the storage engine
  | "page-damaged"
  | "commit-failed"
  // the file of the anchor
  | "anchor-unreadable"
  | "anchor-unwritable";

/** The only error of this app beside wire's ProblemError. `message` holds no key and no text of a record. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  /** What the operator does about it. */
  readonly remedy: string;

  constructor(code: StoreErrorCode, message: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "StoreError";
    this.code = code;
    this.remedy = options.remedy ?? "Run `sigil canon verify`; it names what is damaged.";
  }
}
