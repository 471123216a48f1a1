import { canonicalBytes, kindRow, MAX_RECORD_BYTES } from "@sigil/canon";
import { sha256, toHex } from "@sigil/crypto";
import type { Authority } from "../authority.ts";
import type { RecordPage, RecordQuery, Store, StoredRecord } from "./store.ts";

/** Pages that one listing reads at most; what is filtered away is bounded work, never an endless scan. */
const MOST_PAGES = 20;

/**
 * Beyond this many bytes of records no further page of the store is read for a listing. With the page that crosses it, an
 * answer stays under the 32 MiB that a caller reads.
 */
const MOST_BYTES = 2 * MAX_RECORD_BYTES;

function isMuch(records: readonly StoredRecord[]): boolean {
  // Most often their kinds alone say that it is not.
  const most = records.reduce((sum, { signed }) => sum + kindRow(signed.record.kind).maxBytes, 0);
  if (most <= MOST_BYTES) return false;
  return records.reduce((sum, { signed }) => sum + Buffer.byteLength(JSON.stringify(signed)), 0) > MOST_BYTES;
}

/**
 * One page of what `visible` lets through. The page may be short of `limit` although `next` is set, when very much was
 * filtered away or records are large; it never skips a record.
 */
export async function listVisible(
  store: Store,
  query: RecordQuery,
  authority: Authority,
  visible: (record: StoredRecord) => boolean,
): Promise<RecordPage> {
  const found: StoredRecord[] = [];
  let cursor = query.cursor;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { records, next } = await store.query(
      { ...query, limit: query.limit - found.length, ...(cursor === undefined ? {} : { cursor }) },
      authority,
    );
    found.push(...records.filter(visible));
    if (next === null) return { records: found, next: null };
    cursor = next;
    if (found.length >= query.limit || isMuch(found)) break;
  }
  return { records: found, next: cursor ?? null };
}

/** The digest of a selection that the store does not make, for `RecordQuery.bound`. Fields that are undefined count as absent. */
export function boundTo(selection: Readonly<Record<string, string | undefined>>): string {
  const given = Object.fromEntries(Object.entries(selection).filter(([, value]) => value !== undefined));
  return `sha256:${toHex(sha256(canonicalBytes(given)))}`;
}
