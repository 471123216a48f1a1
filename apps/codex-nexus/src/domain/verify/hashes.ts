const HASH = 32;

/** A list of 32-byte hashes in one buffer: a million of them take 32 MB and not 200. */
export class Hashes {
  #bytes: Uint8Array;
  #length = 0;

  constructor(capacity = 1024) {
    this.#bytes = new Uint8Array(Math.max(1, capacity) * HASH);
  }

  /** A list of the hashes that `bytes` holds, over the same memory. */
  static over(bytes: Uint8Array): Hashes {
    const hashes = new Hashes();
    hashes.#bytes = bytes;
    hashes.#length = bytes.length / HASH;
    return hashes;
  }

  get length(): number {
    return this.#length;
  }

  /** A view, not a copy. */
  at(index: number): Uint8Array {
    return this.#bytes.subarray(index * HASH, (index + 1) * HASH);
  }

  set(index: number, hash: Uint8Array): void {
    while ((index + 1) * HASH > this.#bytes.length) {
      const grown = new Uint8Array(this.#bytes.length * 2);
      grown.set(this.#bytes);
      this.#bytes = grown;
    }
    this.#bytes.set(hash, index * HASH);
    this.#length = Math.max(this.#length, index + 1);
  }
}
