/** What can be wrong, as the check that found it. The list is closed. */
export type VerifyCheck =
  // one record
  | "leaf-missing"
  | "leaf-extra"
  | "row-malformed"
  | "page"
  | "ciphertext-hash"
  | "wrapped-dek"
  | "kek-unknown"
  | "decrypt"
  | "record-malformed"
  | "column-mismatch"
  | "record-hash"
  | "signature"
  | "authored-signature"
  | "key-rotation"
  | "blind-index"
  | "chain"
  | "genesis"
  | "erased-without-receipt"
  | "erasure-undone"
  // the log
  | "tree"
  | "checkpoint"
  | "checkpoint-inconsistent"
  | "anchor"
  | "kek"
  | "idempotency"
  | "meta";

export interface Finding {
  /** Leaf index of the record; null when the finding is about the store as a whole. */
  readonly index: number | null;
  readonly id?: string;
  readonly kind?: string;
  readonly check: VerifyCheck;
  readonly detail: string;
}

/** A record whose key was destroyed, by the receipt at leaf `receipt`; its place, hash and proof remain. */
export interface ErasedRecord {
  readonly index: number;
  readonly id: string;
  readonly kind: string;
  readonly receipt: number;
}

/**
 * Why leaves were not looked at: a checkpoint that a pinned key signed, or what an interrupted verification of the same file
 * had found to be sound at `at`.
 */
export type Grounds = { readonly by: "checkpoint" } | { readonly by: "resume"; readonly at: string };

export interface VerifyReport {
  readonly ok: boolean;
  /** Whether records were decrypted, or only hashes, tree and checkpoint looked at. */
  readonly keyed: boolean;
  /** The first leaf that was examined. */
  readonly from: number;
  /** On what grounds those below were not; null when there are none. */
  readonly grounds: Grounds | null;
  /** Rows that were read. */
  readonly records: number;
  /** Size and root of the signed checkpoint; null when there is none to believe. */
  readonly size: number | null;
  /** `sha256:<hex>` */
  readonly root: string | null;
  readonly findings: readonly Finding[];
  readonly erased: readonly ErasedRecord[];
}
