import { toHex, utf8 } from "@sigil/crypto/bytes";
import { DOMAINS } from "../domains.ts";
import type { ReadPlatform } from "../platform.ts";
import type { CanonRecord, RecordDraft } from "./frame.ts";
import { kindRow } from "./kinds.ts";

const DRAFT_DOMAIN = "SIGIL-DRAFT-V1";
/** What stands before the canonical bytes of a record in its signed message. ASCII: one byte a character. */
export const RECORD_PREFIX = `${DOMAINS.record}\n`;

/** The bytes that are hashed and signed, of a record whose frame was checked. */
export interface RecordHash {
  /** RFC 8785 text, at most the limit of its kind or `size-exceeded`. */
  recordText(record: RecordDraft): string;
  /** What a signature is over; the record hash is over the same bytes without the domain line. */
  recordMessage(record: CanonRecord): Uint8Array;
  /** The record hash, out of {@link recordMessage}: who needs both canonicalises once. */
  hashOfMessage(message: Uint8Array): string;
  draftDigest(record: RecordDraft | CanonRecord): string;
}

export function bindRecordHash({ canonicalize, sha256 }: ReadPlatform): RecordHash {
  const recordText = (record: RecordDraft) =>
    canonicalize(record, { maxBytes: kindRow(record.kind).maxBytes });
  const hash = (bytes: Uint8Array) => `sha256:${toHex(sha256(bytes))}`;
  return {
    recordText,
    recordMessage: (record) => utf8(RECORD_PREFIX + recordText(record)),
    hashOfMessage: (message) => hash(message.subarray(RECORD_PREFIX.length)),
    draftDigest(record) {
      const { id, kind, space, stream, loa, author, links, salt, payload } = record;
      const draft: RecordDraft = { id, kind, space, stream, loa, author, links, salt, payload };
      return hash(utf8(`${DRAFT_DOMAIN}\n${recordText(draft)}`));
    },
  };
}
