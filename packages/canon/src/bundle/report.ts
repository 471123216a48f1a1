/** `unpinned`: consistent in itself, but nobody vouched for the keys. */
export type BundleVerdict = "verified" | "unpinned" | "refused";

/** Why a bundle is refused. The list is closed. */
export type BundleRefusal =
  | "authored-signature-invalid"
  | "bundle-malformed"
  | "ceremony-not-pinned"
  | "checkpoint-invalid"
  | "cosignature-invalid"
  | "cosignature-missing"
  | "effect-digest-mismatch"
  | "genesis-mismatch"
  | "inclusion-invalid"
  | "key-not-pinned"
  | "origin-not-pinned"
  | "quorum-invalid"
  | "quorum-missing"
  | "quorum-unchecked"
  | "record-hash-mismatch"
  | "signature-invalid"
  | "stream-link-mismatch"
  | "trust-malformed";

/** The checks in their order. */
export const BUNDLE_STEPS = [
  "format",
  "trust",
  "checkpoint",
  "cosignatures",
  "inclusion",
  "record-hash",
  "record-signature",
  "authored-signature",
  "genesis",
  "stream-link",
  "effects",
  "quorum",
  "citations",
] as const;
/** The name of a check. */
export type BundleStepName = (typeof BUNDLE_STEPS)[number];

/** One check that was made, on one subject. */
export interface BundleStep {
  readonly name: BundleStepName;
  readonly ok: boolean;
  /** Such as `leaf 7`. */
  readonly subject?: string;
  /** A sentence for a person. */
  readonly detail: string;
}

/** What is known of one leaf. */
export interface BundleReportEntry {
  readonly index: number;
  readonly id?: string;
  readonly kind?: string;
  readonly rh: string;
  /** The names of the checks that it passed. */
  readonly checks: readonly string[];
}

/** A record that another one cites. */
export interface Citation {
  readonly hash: string;
  /** `<id>` of the citing record. */
  readonly by: string;
  /** Whether the bundle holds it with a proof. */
  readonly present: boolean;
}

/** What a verification found: every step, in order, up to and including the first that fails for each subject. */
export interface BundleReport {
  readonly verdict: BundleVerdict;
  /** The code of the first failure; absent unless the verdict is `refused`. */
  readonly code?: BundleRefusal;
  readonly steps: readonly BundleStep[];
  readonly entries: readonly BundleReportEntry[];
  readonly cited: readonly Citation[];
}
