import type { Platform } from "../platform.ts";
import { FrontierBase, type FrontierJson } from "./frontier.ts";
import { consistencyPath, inclusionPath } from "./proof.ts";
import { type GetNode, rangeRoot, requireHash, requireTreeSize } from "./range.ts";
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
  /** SHA-256(0x00 ‖ leaf bytes). */
  leafHash(bytes: Uint8Array): Uint8Array;
  /** SHA-256(0x01 ‖ left ‖ right). */
  nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array;
  /** SHA-256 of nothing: the root of the empty tree. */
  emptyRoot(): Uint8Array;
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
  };
}

export function bindMerkle({ sha256 }: Platform): Merkle {
  function leafHash(bytes: Uint8Array): Uint8Array {
    const prefixed = new Uint8Array(1 + bytes.length);
    prefixed.set(bytes, 1);
    return sha256(prefixed);
  }

  // One scratch buffer: hashing is synchronous, and an append hashes a node each time.
  const scratch = new Uint8Array(65).fill(1, 0, 1);
  function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
    requireHash(left, "left node");
    requireHash(right, "right node");
    scratch.set(left, 1);
    scratch.set(right, 33);
    return sha256(scratch);
  }

  const emptyRoot = () => sha256(new Uint8Array(0));

  class Frontier extends FrontierBase {
    static empty(): Frontier {
      return new Frontier({ size: 0, hashes: [] }, nodeHash, emptyRoot);
    }
    static from(json: FrontierJson): Frontier {
      return new Frontier(json, nodeHash, emptyRoot);
    }
  }

  return {
    leafHash,
    nodeHash,
    emptyRoot,
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
