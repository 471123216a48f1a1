import type { Json } from "@sigil/canon/portable";
import { returnedItems } from "./provenance.ts";

/** A frozen chain as another one names it: its run, and its record hash. */
export interface ChainRef {
  readonly run: string;
  readonly hash: string;
}

/** Parents that a chain names at most. What is beyond is counted. */
export const MOST_PARENTS = 64;

/** Parents that a caller may name for a run. */
export const MOST_ASKED_PARENTS = 16;

/** A host call as far as lineage asks. */
interface Call {
  readonly seq: number;
  readonly method: string;
  readonly result?: Json | undefined;
}

/**
 * What a run descends from: the chains that its caller named, then those of the runs that wrote what it read, first of what
 * its output cites, then of the rest in the order of its calls; each once. What was read counts whether it is cited or not:
 * it was before the module when it answered. `omitted` is how many found no place.
 */
export function chainParents(
  asked: readonly ChainRef[],
  cited: readonly { readonly ref: string }[],
  calls: readonly Call[],
): { readonly parents: ChainRef[]; readonly omitted: number } {
  const ordered = calls.toSorted((a, b) => a.seq - b.seq);
  const read = ordered.flatMap(({ method, result }) =>
    result === undefined ? [] : returnedItems(method, result).flatMap(writerOf),
  );
  const context = new Set(cited.map(({ ref }) => ref));
  const all = [
    ...asked,
    ...read.filter(({ ref }) => context.has(ref)).map(({ by }) => by),
    ...read.map(({ by }) => by),
  ];
  const each = [...new Map(all.map(({ run, hash }) => [hash, { run, hash }])).values()];
  const parents = each.slice(0, MOST_PARENTS);
  return { parents, omitted: each.length - parents.length };
}

/** The chain of the run that wrote a record, as the item of a result names it. */
function writerOf({ ref, writtenBy }: { readonly [key: string]: Json }): { ref: string; by: ChainRef }[] {
  if (typeof ref !== "string" || typeof writtenBy !== "object" || writtenBy === null) return [];
  if (Array.isArray(writtenBy)) return [];
  const { run, chain } = writtenBy;
  return typeof run === "string" && typeof chain === "string" ? [{ ref, by: { run, hash: chain } }] : [];
}

/** The configured endpoints of language models that answered in a run, each once, by name. */
export function modelsAsked(calls: readonly Call[]): string[] {
  const names = calls.flatMap(({ method, result }) => {
    if (method !== "llm.complete" || typeof result !== "object" || result === null) return [];
    const { endpoint } = result as { readonly endpoint?: Json };
    return typeof endpoint === "string" ? [endpoint] : [];
  });
  return [...new Set(names)].toSorted();
}
