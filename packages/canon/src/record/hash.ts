import { toHex } from "@sigil/crypto/bytes";
import { RECORD_DOMAIN } from "../domains.ts";
import type { ReadPlatform } from "../platform.ts";
import type { RecordDraft } from "./frame.ts";
import { kindRow } from "./kinds.ts";

const DRAFT_PREFIX = "SIGIL-DRAFT-V1\n";
/** What stands before the canonical bytes of a record in its signed message. ASCII: one byte a character. */
export const RECORD_PREFIX = `${RECORD_DOMAIN}\n`;

/** The bytes that are hashed and signed, of a record whose frame was checked. */
export interface RecordHash {
  /**
   * What `use` makes of the bytes that a signature is over, which it may not keep; the record hash is over the same bytes
   * without the domain line. Refuses what has no RFC 8785 form, or one beyond the limit of its kind (`size-exceeded`).
   */
  withMessage<T>(record: RecordDraft, use: (message: Uint8Array) => T): T;
  /** The record hash, out of {@link withMessage}: who needs both canonicalises once. */
  hashOfMessage(message: Uint8Array): string;
  draftDigest(record: RecordDraft): string;
}

export function bindRecordHash({ sha256, withCanonical }: ReadPlatform): RecordHash {
  const withRecord = <T>(prefix: string, record: RecordDraft, use: (bytes: Uint8Array) => T) =>
    withCanonical(prefix, record, { maxBytes: kindRow(record.kind).maxBytes }, use);
  const hash = (bytes: Uint8Array) => `sha256:${toHex(sha256(bytes))}`;
  return {
    withMessage: (record, use) => withRecord(RECORD_PREFIX, record, use),
    hashOfMessage: (message) => hash(message.subarray(RECORD_PREFIX.length)),
    draftDigest(record) {
      const { id, kind, space, stream, loa, author, links, salt, payload } = record;
      const draft: RecordDraft = { id, kind, space, stream, loa, author, links, salt, payload };
      return withRecord(DRAFT_PREFIX, draft, hash);
    },
  };
}
