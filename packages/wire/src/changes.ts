import type { Json } from "@sigil/canon";
import type { ProposalDetail } from "./schema/proposal.ts";

/** One place where two values differ. */
export type Change = ProposalDetail["changes"][number];

/** Places that one answer shows. */
const SHOWN = 256;

/**
 * Where two values differ, as RFC 6901 pointers in the order of the keys: whole values where only one side has them. At most
 * `shown` places, and whether there are more.
 */
export function changesBetween(
  before: Json,
  after: Json,
  shown: number = SHOWN,
): { changes: Change[]; cut: boolean } {
  const found: Change[] = [];
  compare("", before, after, found, shown);
  return { changes: found.slice(0, shown), cut: found.length > shown };
}

function compare(path: string, before: Json, after: Json, found: Change[], shown: number): void {
  if (found.length > shown || before === after) return;
  if (!isContainer(before) || !isContainer(after) || Array.isArray(before) !== Array.isArray(after)) {
    found.push({ op: "replace", path, before, after });
    return;
  }
  const [old, next] = [new Map(Object.entries(before)), new Map(Object.entries(after))];
  for (const [key, value] of old) {
    const at = `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    const other = next.get(key);
    if (other === undefined) found.push({ op: "remove", path: at, before: value });
    else compare(at, value, other, found, shown);
  }
  for (const [key, value] of next) {
    const at = `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (!old.has(key)) found.push({ op: "add", path: at, after: value });
  }
}

function isContainer(value: Json): value is Json[] | { [key: string]: Json } {
  return typeof value === "object" && value !== null;
}
