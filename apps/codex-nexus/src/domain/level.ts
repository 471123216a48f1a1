import { LOAS, type Loa } from "@sigil/canon";

/** The levels that a reader of `loa` may read: its own and every lower one. */
export function readableBy(loa: Loa): readonly Loa[] {
  return LOAS.slice(0, LOAS.indexOf(loa) + 1);
}
