import type { Loa } from "@sigil/canon";
import { sha256 } from "@sigil/crypto";
import { ProblemError } from "@sigil/wire";
import { erased } from "./erasure.ts";
import { StoreError } from "./error.ts";
import type { KekRing } from "./kek.ts";
import type { RootKeys } from "./keys.ts";
import { readableBy } from "./level.ts";
import type { StoredRecord } from "./records.ts";
import { hashRef, openRow } from "./seal.ts";
import type { LeafRow, Storage } from "./storage.ts";
import type { KeysAt } from "./verify/keys.ts";

/** Reads and verifies: nothing leaves the store that did not decrypt, match its columns and hash, and verify. */
export class Reader {
  readonly #storage: Storage;
  readonly #root: RootKeys;
  readonly #ring: KekRing;
  readonly #keys: KeysAt;
  readonly #damaged: (error: StoreError, at: string) => void;

  constructor(
    storage: Storage,
    root: RootKeys,
    ring: KekRing,
    keys: KeysAt,
    damaged: (error: StoreError, at: string) => void,
  ) {
    this.#storage = storage;
    this.#root = root;
    this.#ring = ring;
    this.#keys = keys;
    this.#damaged = damaged;
  }

  /** A verified record. Throws `record-erased` or `record-damaged`; the latter names the check that failed. */
  open(row: LeafRow): StoredRecord {
    try {
      const signed = openRow(row, this.#root.origin, this.#ring, this.#keys(row.index));
      return { index: row.index, ch: hashRef(sha256(row.ct)), rh: hashRef(row.rh), signed };
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.code === "record-erased") {
        if (row.erasedBy === undefined) this.#damaged(error, `record ${row.id} at leaf ${row.index}`);
        throw erased(row, error);
      }
      this.#damaged(error, `record ${row.id} at leaf ${row.index}`);
      throw new ProblemError("record-damaged", `record ${row.id} at leaf ${row.index}: ${error.code}`, {
        cause: error,
      });
    }
  }

  /** Rows of the storage; damage that the engine meets is `record-damaged` too. */
  async rows<T>(read: () => Promise<T>): Promise<T> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.#damaged(error, "the database file");
      throw new ProblemError("record-damaged", `the database cannot be read: ${error.code}`, {
        cause: error,
      });
    }
  }

  /** The row of an id that `loa` may read. Throws `not-found`: there is no telling a hidden record from none. */
  async row(id: string, loa: Loa): Promise<LeafRow> {
    const row = await this.rows(() => this.#storage.leafById(id));
    const levels: readonly string[] = readableBy(loa);
    if (row === undefined || !levels.includes(row.loa)) {
      throw new ProblemError("not-found", `there is no record ${id} that the reader may know of`);
    }
    return row;
  }

  async read(id: string, loa: Loa): Promise<StoredRecord> {
    return this.open(await this.row(id, loa));
  }
}
