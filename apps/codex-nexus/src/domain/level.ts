import { LOA, type Loa, rankLoa } from "@sigil/policy";

/** The levels that a reader of `loa` may read: its own and every lower one. */
export function readableBy(loa: Loa): readonly Loa[] {
  return LOA.slice(0, rankLoa(loa) + 1);
}
