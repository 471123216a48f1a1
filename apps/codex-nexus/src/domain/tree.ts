import { CanonError } from "@sigil/canon";
import type { NodeKey, Storage } from "./storage.ts";

type GetNode = (level: number, index: number) => Uint8Array;

const BLANK = new Uint8Array(32);
const name = ({ level, index }: NodeKey) => `${level}/${index}`;

/**
 * Runs a computation over tree nodes against an asynchronous store. Which nodes a proof needs depends on sizes and
 * indexes alone, never on hashes; so a first run over blanks collects them, one read fetches them, and a second run
 * computes. Throws `node-missing` for a node that the store does not hold.
 */
export async function withNodes<T>(
  storage: Pick<Storage, "nodes">,
  compute: (node: GetNode) => T,
): Promise<T> {
  const wanted = new Map<string, NodeKey>();
  compute((level, index) => {
    const key = { level, index };
    wanted.set(name(key), key);
    return BLANK;
  });
  const keys = [...wanted.values()];
  const hashes = await storage.nodes(keys);
  const found = new Map(keys.map((key, at) => [name(key), hashes[at]]));
  return compute((level, index) => {
    const hash = found.get(name({ level, index }));
    if (hash === undefined || hash.length !== 32) {
      throw new CanonError(
        "node-missing",
        `the store has no hash of the subtree at level ${level}, index ${index}`,
      );
    }
    return hash;
  });
}

/** The complete subtrees whose hashes are the frontier of a tree of `size` leaves, largest first. */
export function frontierKeys(size: number): NodeKey[] {
  const keys: NodeKey[] = [];
  for (let begin = 0, left = size; left > 0; ) {
    const level = Math.floor(Math.log2(left));
    const leaves = 2 ** level;
    keys.push({ level, index: begin / leaves });
    begin += leaves;
    left -= leaves;
  }
  return keys;
}
