import { type SigningKey, toBase64url, utf8 } from "@sigil/crypto/bytes";
import type { Platform } from "../platform.ts";
import { type KeySource, makeSignature, requireSignature } from "../signature.ts";
import { requireDraftFrame, requireRecordFrame, requireSignedFrame } from "./check.ts";
import type { CanonRecord, RecordDraft, SignedRecord, VerifiedRecord } from "./frame.ts";
import { bindRecordHash } from "./hash.ts";

/** Where and when a draft lands. */
export interface Place {
  readonly seq: number;
  readonly prev: string | null;
  readonly ts: string;
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
  /** The record, if frame, JSON, size and signature are right; `key-unknown` or `signature-invalid` otherwise. */
  verifyRecord(signed: unknown, keys: KeySource): VerifiedRecord;
}

export function bindRecords(platform: Platform): Records {
  const { draftDigest, hashOfMessage, recordMessage, recordText } = bindRecordHash(platform);

  function checkRecord(value: unknown): CanonRecord {
    const record = requireRecordFrame(value);
    recordText(record);
    return record;
  }

  function hashAndSignRecord(record: CanonRecord, key: SigningKey) {
    requireRecordFrame(record);
    const message = recordMessage(record);
    return { hash: hashOfMessage(message), signed: { record, sig: makeSignature(message, key) } };
  }

  return {
    newSalt: () => toBase64url(platform.randomBytes(32)),
    checkDraft(value) {
      const draft = requireDraftFrame(value);
      recordText(draft);
      return draft;
    },
    checkRecord,
    completeDraft: (draft, { seq, prev, ts }) => checkRecord({ v: 1, ...draft, seq, prev, ts }),
    recordBytes: (record) => utf8(recordText(record)),
    recordHash: (record) => hashOfMessage(recordMessage(record)),
    draftDigest,
    signRecord(record, key) {
      requireRecordFrame(record);
      return { record, sig: makeSignature(recordMessage(record), key) };
    },
    hashAndSignRecord,
    verifyRecord(signed, keys) {
      const { record, sig } = requireSignedFrame(signed);
      requireSignature(recordMessage(record), sig, keys, "$.sig");
      return { record, sig } as VerifiedRecord;
    },
  };
}
