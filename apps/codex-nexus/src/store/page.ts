import type { PageQuery } from "../domain/storage.ts";
import { LEAF_COLUMNS } from "./rows.ts";

type Value = string | number | Uint8Array;

interface Condition {
  /** The one equality that an index with leaf order behind it can serve. */
  readonly access: boolean;
  readonly sql: string;
  readonly values: readonly Value[];
}

const among = (column: string, values: readonly string[]) =>
  `${column} IN (${values.map(() => "?").join(", ")})`;

function conditions(query: PageQuery): Condition[] {
  const { tag, stream, principal, kinds, space, loas } = query;
  const found: Condition[] = [];
  const equal = (column: string, value: Value | undefined) => {
    if (value !== undefined) found.push({ access: true, sql: `${column} = ?`, values: [value] });
  };
  equal("leaf_tags.tag", tag);
  equal("leaves.stream", stream);
  equal("leaves.principal", principal);
  if (kinds?.length === 1) equal("leaves.kind", kinds[0]);
  else if (kinds !== undefined)
    found.push({ access: false, sql: among("leaves.kind", kinds), values: kinds });
  if (space !== undefined) found.push({ access: false, sql: "leaves.space = ?", values: [space] });
  found.push({ access: false, sql: among("leaves.loa", loas), values: loas });
  const { since, until } = query;
  if (since !== undefined) found.push({ access: false, sql: "leaves.ts >= ?", values: [since] });
  if (until !== undefined) found.push({ access: false, sql: "leaves.ts < ?", values: [until] });
  return found;
}

/** Position and range as one range of leaf indexes, which the index that serves the filter ends with. */
function bounds({ after, order, within }: PageQuery): { from?: number; to?: number } {
  const past = after === undefined ? {} : order === "asc" ? { from: after + 1 } : { to: after };
  if (within === undefined) return past;
  return {
    from: Math.max(within.from, past.from ?? 0),
    to: Math.min(within.to, past.to ?? Number.MAX_SAFE_INTEGER),
  };
}

/**
 * A page by leaf index, as SQL and values. The position is a bound on the index that serves the filter, so that a deep
 * page costs what the first one does. The first equality is the path of access; a `+` keeps SQLite from using the
 * others, whose indexes would lose the order of leaves. The set of texts is small: callers may keep each prepared.
 */
export function pageSql(query: PageQuery): { readonly sql: string; readonly values: readonly Value[] } {
  const all = conditions(query);
  const path = all.findIndex((condition) => condition.access);
  const where = all.map(({ sql }, at) => (at === path ? sql : `+${sql}`));
  const values = all.flatMap((condition) => condition.values);
  const key = query.tag === undefined ? "leaves.leaf_index" : "leaf_tags.leaf_index";
  const range = bounds(query);
  if (range.from !== undefined) {
    where.push(`${key} >= ?`);
    values.push(range.from);
  }
  if (range.to !== undefined) {
    where.push(`${key} < ?`);
    values.push(range.to);
  }
  const columns = LEAF_COLUMNS.split(", ").map((column) => `leaves.${column}`);
  const from =
    query.tag === undefined
      ? "leaves"
      : "leaf_tags CROSS JOIN leaves ON leaves.leaf_index = leaf_tags.leaf_index";
  const direction = query.order === "asc" ? "ASC" : "DESC";
  return {
    sql: `SELECT ${columns.join(", ")} FROM ${from} WHERE ${where.join(" AND ")} ORDER BY ${key} ${direction} LIMIT ?`,
    values: [...values, query.limit],
  };
}
