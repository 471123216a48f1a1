import { emptyRoot, Frontier } from "@sigil/canon";
import { equalBytes, toHex } from "@sigil/crypto";
import { frontierKeys } from "../tree.ts";
import type { Inspection } from "./inspection.ts";

/**
 * The leaves of a log that a verification does not look at, by the complete subtrees that they make: one hash for each bit
 * that is set in `size`, by its level. The tip's root is rebuilt from these and from every leaf after them.
 */
export interface Prefix {
  readonly size: number;
  readonly root: Uint8Array;
  readonly subtrees: ReadonlyMap<number, Uint8Array>;
}

/** A verification from leaf 0. */
export const WHOLE: Prefix = { size: 0, root: emptyRoot(), subtrees: new Map() };

/**
 * The prefix of `size` leaves with the given root, from the store's own nodes; undefined unless they give that root, which
 * no other nodes do.
 */
export async function provePrefix(
  { size, root }: { readonly size: number; readonly root: Uint8Array },
  inspection: Pick<Inspection, "nodes">,
): Promise<Prefix | undefined> {
  const keys = frontierKeys(size);
  const subtrees = new Map<number, Uint8Array>();
  for (const [at, hash] of (await inspection.nodes(keys)).entries()) {
    const key = keys[at];
    if (key === undefined || hash === undefined) return undefined;
    subtrees.set(key.level, hash);
  }
  const hashes = [...subtrees.values()].map((hash) => toHex(hash));
  return equalBytes(Frontier.from({ size, hashes }).root(), root) ? { size, root, subtrees } : undefined;
}
