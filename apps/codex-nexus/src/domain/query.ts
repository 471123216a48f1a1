import type { Loa } from "@sigil/canon";
import { readCursor, writeCursor } from "./cursor.ts";
import type { RootKeys } from "./keys.ts";
import { readableBy } from "./level.ts";
import { fitting, PAGE_BYTES } from "./page-size.ts";
import type { Reader } from "./reader.ts";
import type { RecordQuery, StoredRecord } from "./records.ts";
import type { PageQuery, Storage } from "./storage.ts";
import { type LeafRange, leavesWithin } from "./time-range.ts";

export interface RecordPage {
  readonly records: readonly StoredRecord[];
  /** Continues after the last record; null when there is no more. */
  readonly next: string | null;
}

/**
 * A page of records that `loa` may read, in log order, each verified. Erased records are passed over, and
 * large ones end a page before its limit. Throws
 * `cursor-invalid`, or `record-damaged` for a record that does not verify.
 */
export async function queryRecords(
  query: RecordQuery,
  loa: Loa,
  { storage, root, reader, size }: { storage: Storage; root: RootKeys; reader: Reader; size: number },
): Promise<RecordPage> {
  const after = readCursor(root, query, loa);
  const kinds = query.kinds ?? (query.kind === undefined ? undefined : [query.kind]);
  const narrowed =
    query.kinds && query.kind !== undefined ? query.kinds.filter((k) => k === query.kind) : kinds;
  const loas = readableBy(loa).filter((level) => query.loa === undefined || level === query.loa);
  const { since, until } = query;
  const timed = since !== undefined || until !== undefined;
  const inTime = timed
    ? await reader.rows(() => leavesWithin({ since, until }, size, (index) => storage.leaf(index)))
    : undefined;
  const within = query.after === undefined ? inTime : beyond(query.after, inTime ?? { from: 0, to: size });
  const page: PageQuery = {
    loas,
    order: query.order,
    // One more than asked, to know whether there is a next page.
    limit: query.limit + 1,
    bytes: PAGE_BYTES,
    ...(narrowed === undefined ? {} : { kinds: narrowed }),
    ...(query.space === undefined ? {} : { space: query.space }),
    ...(query.stream === undefined ? {} : { stream: root.blind("stream", query.stream) }),
    ...(query.principal === undefined ? {} : { principal: root.blind("principal", query.principal) }),
    ...(query.tag === undefined ? {} : { tag: root.blind("tag", query.tag) }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(within === undefined ? {} : { within }),
    ...(after === undefined ? {} : { after }),
  };
  const rows = narrowed?.length === 0 || loas.length === 0 ? [] : await reader.rows(() => storage.page(page));
  const shown = rows.slice(0, Math.min(query.limit, fitting(rows)));
  const last = shown.at(-1);
  const next =
    last !== undefined && rows.length > shown.length ? writeCursor(root, last.index, query, loa) : null;
  const records = shown.filter((row) => row.erasedBy === undefined).map((row) => reader.open(row));
  return { records, next };
}

function beyond(leaf: number, { from, to }: LeafRange): LeafRange {
  return { from: Math.max(from, leaf + 1), to };
}
