import type { Json } from "@sigil/canon/portable";
import { HOST_CALLS, type HostCall } from "./host-calls.ts";

/** A record that a host call returned: what a module may cite. */
export interface ReturnedRef {
  /** Record id. */
  readonly ref: string;
  /** Its record hash, when it was in the store then: of a write that waits for the end of its run there is none. */
  readonly hash?: string;
}

const rows: ReadonlyMap<string, HostCall> = new Map(HOST_CALLS.map((row) => [row.method, row]));

/**
 * The records that one result of a host call returned: in the places that the call's row names, and nowhere else. An id in
 * a text, in a tag or in a deeper field is what somebody wrote, and no reference.
 */
export function returnedRefs(method: string, result: Json): ReturnedRef[] {
  return returnedItems(method, result).flatMap(({ ref, hash }): ReturnedRef[] => {
    if (typeof ref !== "string") return [];
    return [typeof hash === "string" ? { ref, hash } : { ref }];
  });
}

/** The objects of a result that stand where the call's row says that records are. */
export function returnedItems(method: string, result: Json): { readonly [key: string]: Json }[] {
  const returns = rows.get(method)?.returns ?? "nothing";
  if (returns === "nothing" || !isObject(result)) return [];
  const items = returns === "item" ? [result] : result.items;
  return Array.isArray(items) ? items.filter(isObject) : [];
}

/** Every record that the calls of one run returned, by id. A call without a result returned nothing. */
export function refsReturned(
  calls: Iterable<{ readonly method: string; readonly result?: Json | undefined }>,
): Map<string, ReturnedRef> {
  const known = new Map<string, ReturnedRef>();
  for (const { method, result } of calls) {
    if (result === undefined) continue;
    for (const each of returnedRefs(method, result)) {
      if (each.hash !== undefined || !known.has(each.ref)) known.set(each.ref, each);
    }
  }
  return known;
}

/** What of an output's context the chain cites, each once, and whether every reference came from a host call of the run. */
export function citedContext(
  context: readonly { readonly ref: string }[],
  known: ReadonlyMap<string, ReturnedRef>,
): { readonly cited: ReturnedRef[]; readonly refsOk: boolean } {
  const refs = [...new Set(context.map(({ ref }) => ref))];
  const cited = refs.flatMap((ref) => known.get(ref) ?? []);
  return { cited, refsOk: cited.length === refs.length };
}

function isObject(value: Json): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
