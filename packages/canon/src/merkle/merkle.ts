import { FrontierBase, type FrontierJson } from "./frontier.ts";
import type { TreeHash } from "./hash.ts";
import { consistencyPath, inclusionPath } from "./proof.ts";
import { type GetNode, rangeRoot, requireTreeSize } from "./range.ts";
import {
  type ConsistencyClaim,
  type InclusionClaim,
  requireConsistency,
  requireInclusion,
} from "./verify.ts";

/** An incremental frontier; see {@link FrontierBase}. */
export type Frontier = FrontierBase;

/** The Merkle tree of RFC 6962 over SHA-256. */
export interface Merkle {
  /** The root at any size so far, from complete subtrees only: `getNode(level, index)`. */
  rootAt(size: number, getNode: GetNode): Uint8Array;
  /** The audit path of a leaf, section 2.1.1, leaf upwards; `tree-size`, `tree-index` or `node-missing`. */
  inclusionProof(index: number, size: number, getNode: GetNode): Uint8Array[];
  /** The consistency proof of two sizes, 1 ≤ size1 ≤ size2, section 2.1.2; `tree-size` or `node-missing`. */
  consistencyProof(size1: number, size2: number, getNode: GetNode): Uint8Array[];
  /** Returns when the proof holds; `inclusion-invalid`, `tree-size`, `tree-index` or `hash-length` otherwise. */
  verifyInclusion(claim: InclusionClaim): void;
  /** Returns when the proof holds; `consistency-invalid`, `tree-size` or `hash-length` otherwise. */
  verifyConsistency(claim: ConsistencyClaim): void;
  readonly Frontier: {
    /** The frontier of the empty tree. */
    empty(): Frontier;
    /** The frontier that `toJSON` gave; `frontier-malformed` when hashes and size do not fit. */
    from(json: FrontierJson): Frontier;
    /** Another frontier of the same tree. */
    copyOf(frontier: Frontier): Frontier;
  };
}

export function bindMerkle({ emptyRoot, nodeHash }: TreeHash): Merkle {
  class Frontier extends FrontierBase {
    static empty(): Frontier {
      return new Frontier({ size: 0, hashes: [] }, nodeHash, emptyRoot);
    }
    static from(json: FrontierJson): Frontier {
      return new Frontier(json, nodeHash, emptyRoot);
    }
    static copyOf(frontier: FrontierBase): Frontier {
      const copy = Frontier.empty();
      copy.become(frontier);
      return copy;
    }
  }

  return {
    rootAt(size, getNode) {
      requireTreeSize(size, 0);
      return size === 0 ? emptyRoot() : rangeRoot(0, size, getNode, nodeHash);
    },
    inclusionProof: (index, size, getNode) => inclusionPath(index, size, getNode, nodeHash),
    consistencyProof: (size1, size2, getNode) => consistencyPath(size1, size2, getNode, nodeHash),
    verifyInclusion: (claim) => requireInclusion(claim, nodeHash),
    verifyConsistency: (claim) => requireConsistency(claim, nodeHash),
    Frontier,
  };
}
