import { concatBytes } from "@sigil/crypto/bytes";
import type { ReadPlatform } from "../platform.ts";
import { checkedLeaf, type Leaf, leafText } from "./leaf.ts";
import { type NodeHash, requireHash, same } from "./range.ts";

/** The hashes of RFC 6962 section 2.1. */
export interface TreeHash {
  /** SHA-256(0x00 ‖ leaf bytes) of a leaf whose digests were checked. */
  hashLeaf(leaf: Leaf): Uint8Array;
  /** SHA-256(0x01 ‖ left ‖ right). */
  nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array;
  /** SHA-256 of nothing: the root of the empty tree. */
  emptyRoot(): Uint8Array;
}

export function bindTreeHash({ sha256, sha256Text }: ReadPlatform): TreeHash {
  // One scratch buffer: hashing is synchronous, and an append hashes a node each time.
  const scratch = new Uint8Array(65).fill(1, 0, 1);
  return {
    hashLeaf: (leaf) => sha256Text(`\0${leafText(leaf)}`),
    nodeHash(left, right) {
      requireHash(left, "left node");
      requireHash(right, "right node");
      scratch.set(left, 1);
      scratch.set(right, 33);
      return sha256(scratch);
    },
    emptyRoot: () => sha256(new Uint8Array(0)),
  };
}

/** The hash of any leaf, which whoever reads a checked bundle needs not. */
export interface LeafHash {
  /**
   * SHA-256(0x00 ‖ leaf bytes) of RFC 6962 section 2.1, of the bytes or, in one pass, of a leaf whose bytes they would be.
   * Throws `field-invalid` for a leaf without its digests.
   */
  leafHash(leaf: Uint8Array | Leaf): Uint8Array;
}

export function bindLeafHash({ sha256 }: ReadPlatform, { hashLeaf }: TreeHash): LeafHash {
  return {
    leafHash: (leaf) =>
      leaf instanceof Uint8Array ? sha256(concatBytes(Uint8Array.of(0), leaf)) : hashLeaf(checkedLeaf(leaf)),
  };
}

const REMEMBERED = 64;

/**
 * `nodeHash` for many proofs of one tree, which share most of their nodes: a result is found again by comparing both
 * children.
 */
export function rememberNodes(nodeHash: NodeHash): NodeHash {
  const known: { left: Uint8Array; right: Uint8Array; hash: Uint8Array }[] = [];
  return (left, right) => {
    const place = ((left[0] as number) ^ (right[0] as number)) % REMEMBERED;
    const node = known[place];
    if (node !== undefined && same(node.left, left) && same(node.right, right)) return node.hash;
    const hash = nodeHash(left, right);
    known[place] = { left, right, hash };
    return hash;
  };
}
