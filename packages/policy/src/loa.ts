import type { Loa } from "@sigil/canon/portable";
import { PolicyError } from "./error.ts";

export type { Loa };

/** Levels of Access in ascending order. The order is total, and this is the only place that knows it. */
export const LOA: readonly Loa[] = ["Guest", "Observer", "Operator", "Mentor", "Root"];

const ranks: ReadonlyMap<string, number> = new Map(LOA.map((level, rank) => [level, rank]));

/** 0 for Guest to 4 for Root. @throws PolicyError `level-unknown` for anything else, so that no comparison passes by NaN */
export function rankLoa(level: Loa): number {
  const rank = ranks.get(level);
  if (rank === undefined) {
    throw new PolicyError(
      "level-unknown",
      `${JSON.stringify(level)} is no level; use one of ${LOA.join(", ")}`,
    );
  }
  return rank;
}

/** Whether the value names a level. Exact: no case folding, no white space. */
export function isLoa(value: unknown): value is Loa {
  return typeof value === "string" && ranks.has(value);
}

/** Negative when `a` is below `b`, 0 when equal, positive when above. @throws PolicyError `level-unknown` */
export function compareLoa(a: Loa, b: Loa): number {
  return rankLoa(a) - rankLoa(b);
}

/** The lowest of the levels: the level of a chain. @throws PolicyError `level-unknown` */
export function minLoa(first: Loa, ...rest: readonly Loa[]): Loa {
  let least = first;
  rankLoa(least);
  for (const level of rest) if (compareLoa(level, least) < 0) least = level;
  return least;
}
