import { canonicalBytes } from "@sigil/canon";
import { sha256, toHex } from "@sigil/crypto";
import type { Authority } from "./authority.ts";
import type { RecordPage, RecordQuery, Store, StoredRecord } from "./store.ts";

/** Pages that one listing reads at most; what is filtered away is bounded work, never an endless scan. */
const MOST_PAGES = 20;

/**
 * One page of what `visible` lets through. The page may be short of `limit` although `next` is set, when very much was
 * filtered away; it never skips a record.
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
    if (found.length >= query.limit) break;
  }
  return { records: found, next: cursor ?? null };
}

/** The digest of a selection that the store does not make, for `RecordQuery.bound`. Fields that are undefined count as absent. */
export function boundTo(selection: Readonly<Record<string, string | undefined>>): string {
  const given = Object.fromEntries(Object.entries(selection).filter(([, value]) => value !== undefined));
  return `sha256:${toHex(sha256(canonicalBytes(given)))}`;
}
