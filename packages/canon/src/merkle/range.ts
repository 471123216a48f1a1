import { CanonError } from "../error.ts";

/** The hash of the complete subtree at `level` and `index`: leaves index·2^level up to (index+1)·2^level. */
export type GetNode = (level: number, index: number) => Uint8Array;
/** The hash of an inner node, RFC 6962 section 2.1. */
export type NodeHash = (left: Uint8Array, right: Uint8Array) => Uint8Array;

/** Whether two hashes are the same bytes. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return a.length === b.length;
}

/** Throws `tree-size` unless `size` is a safe integer of at least `least`. */
export function requireTreeSize(size: number, least: number): void {
  if (!Number.isSafeInteger(size) || size < least) {
    throw new CanonError(
      "tree-size",
      `tree size is ${size}; it must be an integer from ${least} to 2^53 − 1`,
    );
  }
}

/** Throws `hash-length` unless `hash` has 32 bytes. */
export function requireHash(hash: Uint8Array, what: string): void {
  if (hash.length !== 32)
    throw new CanonError("hash-length", `${what} has ${hash.length} bytes; SHA-256 has 32`);
}

/** The largest power of two below `size`, for size ≥ 2: where RFC 6962 splits a tree. */
export function split(size: number): number {
  let power = 1;
  while (power * 2 < size) power *= 2;
  return power;
}

function fetchNode(getNode: GetNode, level: number, index: number): Uint8Array {
  const hash: Uint8Array | undefined = getNode(level, index);
  if (hash === undefined) {
    throw new CanonError("node-missing", `no hash of the complete subtree at level ${level}, index ${index}`);
  }
  requireHash(hash, `node ${level}/${index}`);
  return hash;
}

/** The root of the leaves from `begin` to `end`, a subtree of RFC 6962: complete nodes fetched, the ragged edge hashed. */
export function rangeRoot(begin: number, end: number, getNode: GetNode, nodeHash: NodeHash): Uint8Array {
  const size = end - begin;
  const level = Math.log2(size);
  if (Number.isInteger(level) && 2 ** level === size) return fetchNode(getNode, level, begin / size);
  const middle = begin + split(size);
  return nodeHash(rangeRoot(begin, middle, getNode, nodeHash), rangeRoot(middle, end, getNode, nodeHash));
}
