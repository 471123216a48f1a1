import { type Checkpoint, openCheckpoint, verifyConsistency } from "@sigil/canon";
import { equalBytes } from "@sigil/crypto";

/**
 * The one checkpoint that all readers and writers of a run share. It only grows: whatever the store signs must be the
 * same log or an extension of it, with a proof.
 */
export class MonotoneCheckpoint {
  readonly #origin: string;
  readonly #logKey: string;
  #newest: Checkpoint;
  /** Roots by size, of every checkpoint that was proved to be on the line. */
  readonly #proved = new Map<number, Uint8Array>();

  constructor(origin: string, logKey: string, first: Checkpoint) {
    this.#origin = origin;
    this.#logKey = logKey;
    this.#newest = first;
    this.#proved.set(first.size, first.root);
  }

  get newest(): Checkpoint {
    return this.#newest;
  }

  /** A note with its proof from `known`. Throws what signature or proof throws. */
  extend(note: string, known: Checkpoint, proof: readonly Uint8Array[]): void {
    const seen = openCheckpoint(note, this.#origin, this.#logKey);
    if (seen.size !== known.size) {
      verifyConsistency({
        ...{ size1: known.size, root1: known.root, size2: seen.size, root2: seen.root },
        proof: [...proof],
      });
    } else if (!equalBytes(seen.root, known.root)) throw new Error(`two roots at ${seen.size} records`);
    this.#same(seen);
    this.#proved.set(seen.size, seen.root);
    if (seen.size > this.#newest.size) this.#newest = seen;
  }

  /** The checkpoint of a bundle that was asked for when the log had `atLeast` records. */
  read(note: string, atLeast: number): void {
    const seen = openCheckpoint(note, this.#origin, this.#logKey);
    if (seen.size < atLeast) throw new Error(`a reader saw ${atLeast} records, and then ${seen.size}`);
    this.#same(seen);
  }

  #same({ size, root }: Checkpoint): void {
    const known = this.#proved.get(size);
    if (known !== undefined && !equalBytes(known, root)) throw new Error(`two roots at ${size} records`);
    // As many as readers can be behind by; the rest would be a leak of the hammer's own.
    if (this.#proved.size > 4096) this.#proved.delete(this.#proved.keys().next().value ?? 0);
  }
}
