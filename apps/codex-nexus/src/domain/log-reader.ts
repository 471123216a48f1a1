import {
  consistencyProof,
  encodeEntries,
  encodeTile,
  formatLogProof,
  inclusionProof,
  leafBytes,
  type Tile,
  tileWidth,
} from "@sigil/canon";
import { sha256 } from "@sigil/crypto";
import { ProblemError } from "@sigil/wire";
import { StoreError } from "./error.ts";
import { hashRef } from "./seal.ts";
import type { Storage, StoredCheckpoint } from "./storage.ts";
import { withNodes } from "./tree.ts";

/** A tile spans eight levels of the tree (C2SP tlog-tiles). */
const TILE_LEVELS = 8;

/** Rows that are held at a time. */
const ROWS = 16;

/**
 * The public side of the log: tiles, entries and proofs of it, in the shapes of C2SP. It holds no key and needs none;
 * nothing that it gives is believed before it gives the root of a signed checkpoint.
 */
export class LogReader {
  readonly #storage: Pick<Storage, "nodes" | "leaves">;
  readonly #head: () => StoredCheckpoint;

  constructor(storage: Pick<Storage, "nodes" | "leaves">, head: () => StoredCheckpoint) {
    this.#storage = storage;
    this.#head = head;
  }

  /**
   * The bytes of a tile: 32 for each hash, or an entry bundle. Any width up to what the log has is answered, so that a
   * reader may follow any checkpoint. Throws `not-found` beyond the log and `record-damaged` for what cannot be read.
   */
  async tile({ level, index, width }: Tile): Promise<Uint8Array> {
    const { size } = this.#head();
    const has = tileWidth(level === "entries" ? 0 : level, index, size);
    if (width > has) throw new ProblemError("not-found", `the log of ${size} records has no such tile`);
    return level === "entries" ? this.#entries(index, width) : this.#hashes(level, index, width);
  }

  /** The proof that the log of `to` records extends the log of `from`. Throws `not-found` beyond the log. */
  async consistency(from: number, to: number): Promise<readonly Uint8Array[]> {
    const { size } = this.#head();
    if (to > size || from > to)
      throw new ProblemError("not-found", `the log of ${size} records has no consistency ${from} to ${to}`);
    if (from === 0 || from === to) return [];
    return readable(() => withNodes(this.#storage, (node) => consistencyProof(from, to, node)));
  }

  /** That a leaf is in the log of the newest checkpoint, as C2SP tlog-proof. Throws `not-found` beyond the log. */
  async inclusion(index: number, { size, note }: StoredCheckpoint = this.#head()): Promise<string> {
    if (index >= size) throw new ProblemError("not-found", `the log of ${size} records has no leaf ${index}`);
    const proof = await readable(() => withNodes(this.#storage, (node) => inclusionProof(index, size, node)));
    return formatLogProof({ index, proof, checkpoint: note });
  }

  async #hashes(level: number, index: number, width: number): Promise<Uint8Array> {
    const first = index * 256;
    const keys = Array.from({ length: width }, (_, n) => ({ level: level * TILE_LEVELS, index: first + n }));
    const hashes = await readable(() => this.#storage.nodes(keys));
    const gone = hashes.findIndex((hash) => hash?.length !== 32);
    if (gone !== -1) throw damaged(`node ${level * TILE_LEVELS}/${first + gone} is missing`);
    return encodeTile(hashes as Uint8Array[]);
  }

  async #entries(index: number, width: number): Promise<Uint8Array> {
    const entries: Uint8Array[] = [];
    // A few rows at a time: an entry is two hashes, and what it is the hash of may be megabytes.
    for (let at = 0; at < width; at += ROWS) {
      const rows = await readable(() => this.#storage.leaves(index * 256 + at, Math.min(ROWS, width - at)));
      for (const { ct, rh } of rows) entries.push(leafBytes({ ch: hashRef(sha256(ct)), rh: hashRef(rh) }));
    }
    if (entries.length !== width) throw damaged(`${width - entries.length} rows of the bundle are missing`);
    return encodeEntries(entries);
  }
}

function damaged(detail: string, cause?: unknown): ProblemError {
  return new ProblemError("record-damaged", detail, { cause });
}

async function readable<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof StoreError) throw damaged(`the database cannot be read: ${error.code}`, error);
    if (error instanceof Error && "code" in error && error.code === "node-missing")
      throw damaged(error.message, error);
    throw error;
  }
}
