import type { Loa } from "@sigil/canon/portable";
import { PolicyError } from "./error.ts";

export type { Loa };

/** Levels of Access, lowest first: a total order. */
export const LOA: readonly Loa[] = ["Guest", "Observer", "Operator", "Mentor", "Root"];

/** Position in the order, 0 for Guest. @throws PolicyError `level-unknown` */
export function rankLoa(loa: Loa): number {
  const rank = LOA.indexOf(loa);
  if (rank < 0)
    throw new PolicyError("level-unknown", `"${loa}" is no Level of Access; there are ${LOA.join(", ")}`);
  return rank;
}

/** Negative when `a` is lower than `b`, 0 when equal, positive when higher. */
export const compareLoa = (a: Loa, b: Loa): number => rankLoa(a) - rankLoa(b);

/** The lowest of the levels: the effective level of a chain caller → module → nested call. */
export function minLoa(first: Loa, ...rest: Loa[]): Loa {
  return rest.reduce((least, loa) => (compareLoa(loa, least) < 0 ? loa : least), first);
}
