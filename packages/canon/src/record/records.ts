import { type SigningKey, toBase64url } from "@sigil/crypto/bytes";
import type { Platform } from "../platform.ts";
import { type KeySource, makeSignature, requireSignature } from "../signature.ts";
import { requireDraftFrame, requireRecordFrame, requireSignedFrame } from "./check.ts";
import type { CanonRecord, RecordDraft, SignedRecord, VerifiedRecord } from "./frame.ts";
import { bindRecordHash, RECORD_PREFIX } from "./hash.ts";

/** Where and when a draft lands. */
export interface Place {
  readonly seq: number;
  readonly prev: string | null;
  readonly ts: string;
}

/** A record that was checked, and the bytes that hash, signature and ciphertext are made of, canonicalised once. */
export interface EncodedRecord {
  readonly record: CanonRecord;
  /** RFC 8785 bytes. */
  readonly bytes: Uint8Array;
  /** What is signed: `SIGIL-RECORD-V1\n` ‖ `bytes`. */
  readonly message: Uint8Array;
  /** SHA-256 of `bytes`: 32 bytes. */
  readonly digest: Uint8Array;
}

/** The stages of a record: RecordDraft → CanonRecord → SignedRecord → VerifiedRecord. */
export interface Records {
  /** A fresh salt: 32 random bytes, base64url. */
  newSalt(): string;
  /** The draft, if its frame, JSON and size are right; a {@link CanonError} with code and path otherwise. */
  checkDraft(value: unknown): RecordDraft;
  /** The record, if its frame, JSON and size are right; a {@link CanonError} with code and path otherwise. */
  checkRecord(value: unknown): CanonRecord;
  /** The record that a draft becomes at a place; checked. */
  completeDraft(draft: RecordDraft, place: Place): CanonRecord;
  /** RFC 8785 bytes of a record, at most the limit of its kind or `size-exceeded`. */
  recordBytes(record: CanonRecord): Uint8Array;
  /** `sha256:<hex>` of {@link recordBytes}. */
  recordHash(record: CanonRecord): string;
  /**
   * `sha256:<hex>` over `SIGIL-DRAFT-V1\n` ‖ JCS of the record without v, seq, prev and ts: names a record before the
   * store places it. The salt makes it hiding.
   */
  draftDigest(record: RecordDraft | CanonRecord): string;
  /** A checked record under a record key: Ed25519 over `SIGIL-RECORD-V1\n` ‖ {@link recordBytes}. */
  signRecord(record: CanonRecord, key: SigningKey): SignedRecord;
  /** {@link signRecord} and {@link recordHash} over the same bytes, canonicalised once. */
  hashAndSignRecord(record: CanonRecord, key: SigningKey): { hash: string; signed: SignedRecord };
  /** The record, checked as {@link checkRecord} does, with everything that is computed from its canonical bytes. */
  encodeRecord(value: unknown): EncodedRecord;
  /** {@link verifyRecord} and {@link recordHash} over the same bytes, canonicalised once. */
  hashAndVerifyRecord(signed: unknown, keys: KeySource): { hash: string; signed: VerifiedRecord };
  /** The record, if frame, JSON, size and signature are right; `key-unknown` or `signature-invalid` otherwise. */
  verifyRecord(signed: unknown, keys: KeySource): VerifiedRecord;
}

export function bindRecords(platform: Platform): Records {
  const { draftDigest, hashOfMessage, withMessage } = bindRecordHash(platform);
  const copyOf = (bytes: Uint8Array) => bytes.slice();
  const requireSerializable = (record: RecordDraft) => withMessage(record, () => undefined);

  function checkRecord(value: unknown): CanonRecord {
    const record = requireRecordFrame(value);
    requireSerializable(record);
    return record;
  }

  function hashAndSignRecord(record: CanonRecord, key: SigningKey) {
    requireRecordFrame(record);
    return withMessage(record, (message) => ({
      hash: hashOfMessage(message),
      signed: { record, sig: makeSignature(message, key) },
    }));
  }

  return {
    newSalt: () => toBase64url(platform.randomBytes(32)),
    checkDraft(value) {
      const draft = requireDraftFrame(value);
      requireSerializable(draft);
      return draft;
    },
    checkRecord,
    completeDraft: (draft, { seq, prev, ts }) => checkRecord({ v: 1, ...draft, seq, prev, ts }),
    recordBytes: (record) => withMessage(record, (message) => message.slice(RECORD_PREFIX.length)),
    recordHash: (record) => withMessage(record, hashOfMessage),
    draftDigest,
    signRecord(record, key) {
      requireRecordFrame(record);
      return withMessage(record, (message) => ({ record, sig: makeSignature(message, key) }));
    },
    hashAndSignRecord,
    encodeRecord(value) {
      const record = requireRecordFrame(value);
      const message = withMessage(record, copyOf);
      const bytes = message.subarray(RECORD_PREFIX.length);
      return { record, bytes, message, digest: platform.sha256(bytes) };
    },
    hashAndVerifyRecord(value, keys) {
      const { record, sig } = requireSignedFrame(value);
      const hash = withMessage(record, (message) => {
        requireSignature(message, sig, keys, "$.sig");
        return hashOfMessage(message);
      });
      return { hash, signed: { record, sig } as VerifiedRecord };
    },
    verifyRecord(signed, keys) {
      const { record, sig } = requireSignedFrame(signed);
      withMessage(record, (message) => requireSignature(message, sig, keys, "$.sig"));
      return { record, sig } as VerifiedRecord;
    },
  };
}
