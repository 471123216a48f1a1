import type { ReadPlatform } from "../platform.ts";
import { requireHash } from "./range.ts";

/** The hashes of RFC 6962 section 2.1. */
export interface TreeHash {
  /** SHA-256(0x00 ‖ leaf bytes). */
  leafHash(bytes: Uint8Array): Uint8Array;
  /** SHA-256(0x01 ‖ left ‖ right). */
  nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array;
  /** SHA-256 of nothing: the root of the empty tree. */
  emptyRoot(): Uint8Array;
}

export function bindTreeHash({ sha256 }: ReadPlatform): TreeHash {
  // One scratch buffer: hashing is synchronous, and an append hashes a node each time.
  const scratch = new Uint8Array(65).fill(1, 0, 1);
  return {
    leafHash(bytes) {
      const prefixed = new Uint8Array(1 + bytes.length);
      prefixed.set(bytes, 1);
      return sha256(prefixed);
    },
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
