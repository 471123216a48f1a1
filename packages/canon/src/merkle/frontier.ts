import { fromHex, toHex } from "@sigil/crypto/bytes";
import { CanonError } from "../error.ts";
import { type NodeHash, requireHash } from "./range.ts";

/** A node that became complete by an append. */
export interface CompletedNode {
  readonly level: number;
  readonly index: number;
  readonly hash: Uint8Array;
}

/** The stored form of a frontier: hashes in lower-case hexadecimal, the largest subtree first. */
export interface FrontierJson {
  readonly size: number;
  readonly hashes: readonly string[];
}

// The exponents of the powers of two that sum up to `size`, largest first: one complete subtree for each.
function levelsOf(size: number): number[] {
  const levels: number[] = [];
  for (let left = size, level = 0; left > 0; left = Math.floor(left / 2), level++) {
    if (left % 2 === 1) levels.unshift(level);
  }
  return levels;
}

/** The right edge of an RFC 6962 tree: at most 53 hashes, enough to append and to give the root. */
export abstract class FrontierBase {
  #size: number;
  #hashes: Uint8Array[];
  readonly #nodeHash: NodeHash;
  readonly #emptyRoot: () => Uint8Array;

  protected constructor(json: FrontierJson, nodeHash: NodeHash, emptyRoot: () => Uint8Array) {
    const { size, hashes } = json;
    if (!Number.isSafeInteger(size) || size < 0 || levelsOf(size).length !== hashes.length) {
      throw new CanonError(
        "frontier-malformed",
        `${hashes.length} hashes are not the frontier of a tree of size ${size}`,
      );
    }
    this.#size = size;
    this.#hashes = hashes.map((hash) => fromHex(hash));
    for (const hash of this.#hashes) requireHash(hash, "frontier hash");
    this.#nodeHash = nodeHash;
    this.#emptyRoot = emptyRoot;
  }

  /** Becomes a frontier of the tree that `other` is one of; what is appended to either leaves the other as it is. */
  protected become(other: FrontierBase): void {
    this.#size = other.#size;
    this.#hashes = [...other.#hashes];
  }

  /** The number of leaves. */
  get size(): number {
    return this.#size;
  }

  /**
   * Adds a leaf by its hash. Returns the nodes that are now complete, from the leaf (level 0) upwards: store them, and
   * they answer every `getNode`. Amortised two nodes and one hash an append.
   */
  append(leafHash: Uint8Array): CompletedNode[] {
    requireHash(leafHash, "leaf hash");
    const completed: CompletedNode[] = [{ level: 0, index: this.#size, hash: leafHash }];
    let hash = leafHash;
    let index = this.#size;
    for (let level = 1; index % 2 === 1; level++) {
      index = Math.floor(index / 2);
      hash = this.#nodeHash(this.#hashes.pop() as Uint8Array, hash);
      completed.push({ level, index, hash });
    }
    this.#hashes.push(hash);
    this.#size++;
    return completed;
  }

  /** The Merkle tree hash of all leaves so far, RFC 6962 section 2.1. */
  root(): Uint8Array {
    if (this.#size === 0) return this.#emptyRoot();
    return this.#hashes.reduceRight((right, left) => this.#nodeHash(left, right));
  }

  toJSON(): FrontierJson {
    return { size: this.#size, hashes: this.#hashes.map(toHex) };
  }
}
