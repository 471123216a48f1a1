import { CanonError } from "../error.ts";
import { type NodeHash, requireHash, requireTreeSize, same } from "./range.ts";

/** A claim that a leaf is in a tree. */
export interface InclusionClaim {
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** A claim that a tree is the beginning of another. */
export interface ConsistencyClaim {
  readonly size1: number;
  readonly size2: number;
  readonly root1: Uint8Array;
  readonly root2: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

const half = (value: number) => Math.floor(value / 2);
const isOdd = (value: number) => value % 2 === 1;

function requireHashes(proof: readonly Uint8Array[], ...others: Uint8Array[]): void {
  for (const hash of proof) requireHash(hash, "proof hash");
  for (const hash of others) requireHash(hash, "root or leaf hash");
}

/** The algorithm of RFC 9162 section 2.1.3.2. */
export function requireInclusion(claim: InclusionClaim, nodeHash: NodeHash): void {
  const { leafHash, index, size, proof, root } = claim;
  requireTreeSize(size, 1);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new CanonError("tree-index", `leaf index is ${index}; the tree has leaves 0 to ${size - 1}`);
  }
  requireHashes(proof, leafHash, root);
  const invalid = (why: string) =>
    new CanonError(
      "inclusion-invalid",
      `leaf ${index} is not proved to be in the tree of size ${size}: ${why}`,
    );
  let fn = index;
  let sn = size - 1;
  let hash = leafHash;
  for (const sibling of proof) {
    if (sn === 0) throw invalid("the proof is too long");
    if (isOdd(fn) || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    fn = half(fn);
    sn = half(sn);
  }
  if (sn !== 0) throw invalid("the proof is too short");
  if (!same(hash, root)) throw invalid("the proof leads to another root");
}

/** The algorithm of RFC 9162 section 2.1.4.2. A tree of size 0 proves nothing and is refused. */
export function requireConsistency(claim: ConsistencyClaim, nodeHash: NodeHash): void {
  const { size1, size2, root1, root2, proof } = claim;
  requireTreeSize(size1, 1);
  requireTreeSize(size2, size1);
  const invalid = (why: string) =>
    new CanonError("consistency-invalid", `tree ${size1} is not proved to begin tree ${size2}: ${why}`);
  if (size1 === size2) {
    if (proof.length > 0) throw invalid("equal sizes need an empty proof");
    if (!same(root1, root2)) throw invalid("equal sizes have different roots");
    return;
  }
  requireHashes(proof, root1, root2);
  const isPower = Number.isInteger(Math.log2(size1)) && 2 ** Math.log2(size1) === size1;
  const path = isPower ? [root1, ...proof] : proof;
  const [first, ...rest] = path;
  if (first === undefined || proof.length === 0) throw invalid("the proof is empty");
  let fn = size1 - 1;
  let sn = size2 - 1;
  while (isOdd(fn)) {
    fn = half(fn);
    sn = half(sn);
  }
  let old = first;
  let hash = first;
  for (const sibling of rest) {
    if (sn === 0) throw invalid("the proof is too long");
    if (isOdd(fn) || fn === sn) {
      old = nodeHash(sibling, old);
      hash = nodeHash(sibling, hash);
      while (!isOdd(fn) && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else {
      hash = nodeHash(hash, sibling);
    }
    fn = half(fn);
    sn = half(sn);
  }
  if (sn !== 0) throw invalid("the proof is too short");
  if (!same(old, root1)) throw invalid("the proof leads to another old root");
  if (!same(hash, root2)) throw invalid("the proof leads to another new root");
}
