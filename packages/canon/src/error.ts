import { CryptoError } from "@sigil/crypto/bytes";

/** Everything that this package refuses, as kebab-case facts. The list is closed. */
export type CanonErrorCode =
  // JSON values and text
  | "array-extra-property"
  | "bigint-value"
  | "depth-exceeded"
  | "function-value"
  | "json-byte-order-mark"
  | "json-duplicate-key"
  | "json-syntax"
  | "json-utf8"
  | "key-forbidden"
  | "limit-out-of-range"
  | "lone-surrogate"
  | "not-plain-object"
  | "number-not-finite"
  | "number-range"
  | "number-underflow"
  | "size-exceeded"
  | "sparse-array"
  | "symbol-key"
  | "symbol-value"
  | "undefined-value"
  // the frame of records, trust files and bundles
  | "field-invalid"
  | "field-missing"
  | "field-unknown"
  | "record-space"
  // signatures
  | "key-unknown"
  | "rotation-invalid"
  | "signature-invalid"
  // streams
  | "chain-deletion"
  | "chain-edit"
  | "chain-fork"
  | "chain-order"
  | "chain-stream"
  // witnesses and votes
  | "duplicate-witness"
  | "key-enrolled"
  | "not-eligible"
  | "quorum-invalid"
  | "quorum-unreachable"
  | "replaces-mismatch"
  | "revoked-key"
  | "runtime-mismatch"
  | "self-attestation"
  | "unknown-witness"
  | "witness-known"
  | "witness-revoked"
  | "witness-version"
  | "wrong-digest"
  // the log
  | "consistency-invalid"
  | "frontier-malformed"
  | "hash-length"
  | "inclusion-invalid"
  | "node-missing"
  | "tree-index"
  | "tree-size"
  | "entry-too-long"
  | "tile-malformed"
  | "tile-path-malformed"
  // C2SP notes, checkpoints, cosignatures and proofs
  | "checkpoint-malformed"
  | "checkpoint-origin"
  | "cosignature-invalid"
  | "cosignature-time"
  | "key-name-malformed"
  | "note-malformed"
  | "note-signature-invalid"
  | "note-unverified"
  | "proof-malformed"
  | "verifier-key-malformed";

/** The only error that this package throws on purpose. */
export class CanonError extends Error {
  readonly code: CanonErrorCode;
  /** Where in the value, such as `$.payload.items[3]`; present when the refusal has a place. */
  readonly path?: string;

  constructor(code: CanonErrorCode, message: string, path?: string, options?: ErrorOptions) {
    super(path === undefined ? message : `${path}: ${message}`, options);
    this.name = "CanonError";
    this.code = code;
    if (path !== undefined) this.path = path;
  }
}

/** What `act` gives. A {@link CryptoError} becomes the refusal that `as` makes of it; anything else is a defect and goes on. */
export function translated<T>(act: () => T, as: (cause: CryptoError) => CanonError): T {
  try {
    return act();
  } catch (cause) {
    throw cause instanceof CryptoError ? as(cause) : cause;
  }
}
