import { CanonError } from "../error.ts";
import { type GetNode, type NodeHash, rangeRoot, requireTreeSize, split } from "./range.ts";

/** PATH(m, D[n]) of RFC 6962 section 2.1.1, from the leaf upwards. */
export function inclusionPath(
  index: number,
  size: number,
  getNode: GetNode,
  nodeHash: NodeHash,
): Uint8Array[] {
  requireTreeSize(size, 1);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) {
    throw new CanonError("tree-index", `leaf index is ${index}; the tree has leaves 0 to ${size - 1}`);
  }
  const down: Uint8Array[] = [];
  let begin = 0;
  let end = size;
  while (end - begin > 1) {
    const middle = begin + split(end - begin);
    if (index < middle) {
      down.push(rangeRoot(middle, end, getNode, nodeHash));
      end = middle;
    } else {
      down.push(rangeRoot(begin, middle, getNode, nodeHash));
      begin = middle;
    }
  }
  return down.reverse();
}

/** PROOF(m, D[n]) of RFC 6962 section 2.1.2: empty when the sizes are equal. */
export function consistencyPath(
  size1: number,
  size2: number,
  getNode: GetNode,
  nodeHash: NodeHash,
): Uint8Array[] {
  requireTreeSize(size1, 1);
  requireTreeSize(size2, size1);
  const down: Uint8Array[] = [];
  let begin = 0;
  let end = size2;
  // The old tree's own root needs no hash while it is the left edge: the verifier holds it.
  let whole = true;
  while (size1 !== end) {
    const middle = begin + split(end - begin);
    if (size1 <= middle) {
      down.push(rangeRoot(middle, end, getNode, nodeHash));
      end = middle;
    } else {
      down.push(rangeRoot(begin, middle, getNode, nodeHash));
      begin = middle;
      whole = false;
    }
  }
  if (!whole) down.push(rangeRoot(begin, end, getNode, nodeHash));
  return down.reverse();
}
