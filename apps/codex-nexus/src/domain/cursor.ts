import { canonicalBytes, type Json, type Loa } from "@sigil/canon";
import { concatBytes, equalBytes, fromBase64url, toBase64url, utf8 } from "@sigil/crypto";
import { ProblemError } from "@sigil/wire";
import type { RootKeys } from "./keys.ts";
import type { RecordQuery } from "./records.ts";

// A cursor is the leaf index (8 bytes, big-endian) and a 16-byte tag over it, the filter and the reader's level: it
// opens nothing that the query itself would not, and says nothing but a position.
const INDEX_BYTES = 8;
const CURSOR_BYTES = INDEX_BYTES + 16;

function indexBytes(index: number): Uint8Array {
  const bytes = new Uint8Array(INDEX_BYTES);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(index));
  return bytes;
}

function tagOf(root: RootKeys, index: Uint8Array, query: RecordQuery, loa: Loa): Uint8Array {
  const { cursor: _cursor, limit: _limit, ...filter } = query;
  const given = Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
  const bound = canonicalBytes({ filter: given as unknown as Json, loa });
  return root.cursorTag(concatBytes(utf8("SIGIL-CURSOR-V1\n"), index, bound));
}

/** The cursor that continues after a leaf, 32 characters of base64url. */
export function writeCursor(root: RootKeys, index: number, query: RecordQuery, loa: Loa): string {
  const bytes = indexBytes(index);
  return toBase64url(concatBytes(bytes, tagOf(root, bytes, query, loa)));
}

/** The leaf index of a cursor that this store wrote for this filter and level. Throws `cursor-invalid`. */
export function readCursor(root: RootKeys, query: RecordQuery, loa: Loa): number | undefined {
  if (query.cursor === undefined) return undefined;
  const refused = (cause?: unknown) =>
    new ProblemError("cursor-invalid", "the cursor was not issued for this filter, order and level", {
      cause,
    });
  let bytes: Uint8Array;
  try {
    bytes = fromBase64url(query.cursor);
  } catch (cause) {
    throw refused(cause);
  }
  if (bytes.length !== CURSOR_BYTES) throw refused();
  const index = bytes.slice(0, INDEX_BYTES);
  if (!equalBytes(bytes.slice(INDEX_BYTES), tagOf(root, index, query, loa))) throw refused();
  return Number(new DataView(index.buffer).getBigUint64(0));
}
