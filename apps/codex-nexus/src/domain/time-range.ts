import type { LeafRow } from "./storage.ts";

/**
 * Drafts receive a time that never goes back; a record that its author placed may be up to five minutes off it, and a
 * start begins with the last record's time. So a record's time is at most this far from the order of the log.
 */
export const DISORDER_MS = 900_000;

/** Leaves from `from` on and below `to`. */
export interface LeafRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Leaf indexes outside of which no record has a time from `since` on and before `until`; found by halving, in some forty
 * reads however long the log is. Inside, the time of each record decides.
 */
export async function leavesWithin(
  { since, until }: { readonly since?: string | undefined; readonly until?: string | undefined },
  size: number,
  leaf: (index: number) => Promise<Pick<LeafRow, "ts"> | undefined>,
): Promise<LeafRange> {
  const time = async (index: number) => Date.parse((await leaf(index))?.ts ?? "");
  // The first leaf that is not certainly before a moment: what is missing or malformed is never certain.
  const first = async (moment: number) => {
    let [low, high] = [0, size];
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if ((await time(middle)) < moment) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    from: since === undefined ? 0 : await first(Date.parse(since) - DISORDER_MS),
    to: until === undefined ? size : await first(Date.parse(until) + DISORDER_MS),
  };
}
