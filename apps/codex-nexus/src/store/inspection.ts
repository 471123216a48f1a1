import { existsSync } from "node:fs";
import Sqlite, { type Database } from "better-sqlite3";
import { drizzle } from "drizzle-orm/better-sqlite3";
import { StoreError } from "../domain/error.ts";
import type { IdempotencyRow, NodeKey, StoredCheckpoint, StoreMeta, WrappedKek } from "../domain/storage.ts";
import type { InspectedLeaf, Inspection, SealedRow } from "../domain/verify/inspection.ts";
import { type BlockNodes, blockByName, blockOf, nodeName } from "./block.ts";
import { readFailure, reading } from "./failure.ts";
import { layoutOf } from "./migrations.ts";
import { LEAF_COLUMNS, leafRow, type RawLeaf } from "./rows.ts";
import * as schema from "./schema.ts";
import { Statements } from "./statements.ts";

const ENGINE_LIMIT = 100;
/** Since this layout an idempotency row has a MAC. */
const MAC_LAYOUT = 2;
/** Since this layout the checkpoint holds the leaf hashes of the block that is being filled. */
const BLOCK_LAYOUT = 4;

interface Whole {
  readonly sql: string;
  readonly pluck: boolean;
}

/** Only rows that `leafRow` would take: SQLite holds values of any type in any column. */
const SEALED: Whole = {
  pluck: false,
  sql: `SELECT ct, rh, wrapped_dek IS NULL OR kind = 'record.erased' OR
      (length(wrapped_dek) = 60 AND substr(wrapped_dek, 1, 52) = zeroblob(52))
    FROM leaves WHERE leaf_index >= ? AND leaf_index < ?
      AND typeof(id) = 'text' AND typeof(kind) = 'text' AND typeof(space) = 'text' AND typeof(loa) = 'text'
      AND typeof(ts) = 'text' AND typeof(kek_id) = 'text' AND typeof(wrapped_dek) IN ('blob', 'null')
      AND typeof(ct) = 'blob' AND typeof(rh) = 'blob' AND length(rh) = 32
      AND typeof(stream) = 'blob' AND length(stream) = 16 AND typeof(principal) = 'blob' AND length(principal) = 16
    ORDER BY leaf_index`,
};

/** As many whole numbers as the range has, each once, are all of the range. */
const HASHES: Whole = {
  pluck: true,
  sql: `SELECT hash FROM nodes WHERE level = ? AND node_index >= ? AND node_index < ?
      AND typeof(node_index) = 'integer' AND typeof(hash) = 'blob' AND length(hash) = 32
    ORDER BY node_index`,
};

/** A read-only snapshot of a SQLite store: one read transaction, beside a running writer or on a copy. */
export class SqliteInspection implements Inspection {
  readonly #database: Database;
  readonly #statements: Statements;
  #ids: Map<number, string> | undefined;
  #block: { readonly begin: number; readonly nodes: BlockNodes } | undefined;
  /** Set when the engine's own check found damage: then a row that a scan meets may not be found by its index. */
  #damaged = false;

  /** The layout of the database, which may be older than the present one. */
  readonly layout: number;

  private constructor(database: Database, layout: number) {
    this.#database = database;
    this.layout = layout;
    this.#statements = new Statements(database);
  }

  /** Throws `store-missing`, `store-newer`, `page-damaged` (not a database at all) or `store-unreadable`. */
  static open(file: string): SqliteInspection {
    if (!existsSync(file)) {
      throw new StoreError("store-missing", `there is no database at ${file}`, {
        remedy: "Name the folder that holds nexus.db: --data <folder>.",
      });
    }
    return reading(() => {
      const database = new Sqlite(file, { readonly: true, fileMustExist: true });
      try {
        const layout = layoutOf(database);
        // The engine's check looks up every row from each index; with SQLite's own 2 MB it reads pages again and again.
        database.pragma("cache_size = -65536");
        database.exec("BEGIN");
        return new SqliteInspection(database, layout);
      } catch (error) {
        database.close();
        throw error;
      }
    });
  }

  async meta(): Promise<StoreMeta | undefined> {
    const row = reading(() => drizzle(this.#database).select().from(schema.meta).get());
    return row;
  }

  async keks(): Promise<WrappedKek[]> {
    const { id, wrapped, createdAt, active } = schema.keks;
    return reading(() =>
      drizzle(this.#database).select({ id, wrapped, createdAt, active }).from(schema.keks).all(),
    );
  }

  async checkpoint(): Promise<StoredCheckpoint | undefined> {
    const { size, root, note } = schema.checkpoint;
    return reading(() => drizzle(this.#database).select({ size, root, note }).from(schema.checkpoint).get());
  }

  async end(): Promise<number> {
    const row = this.#quietly("SELECT max(leaf_index) AS last FROM leaves") as
      | { last: number | null }
      | undefined;
    return (row?.last ?? -1) + 1;
  }

  async leaves(from: number, count: number): Promise<InspectedLeaf[]> {
    const found = new Map<number, RawLeaf>();
    const sql = `SELECT ${LEAF_COLUMNS} FROM leaves WHERE leaf_index >= ? AND leaf_index < ?`;
    try {
      for (const raw of this.#statements.get(sql).all(from, from + count) as RawLeaf[]) {
        found.set(raw.leaf_index as number, raw);
      }
    } catch (error) {
      readFailureOnly(error);
      return Array.from({ length: count }, (_, at) => this.#single(from + at));
    }
    const tags = this.#tags(from, from + count);
    return Array.from({ length: count }, (_, at) => {
      const index = from + at;
      const raw = found.get(index);
      const scanned = this.#inspected(index, raw, tags);
      if (!this.#damaged || raw === undefined) return scanned;
      const single = this.#single(index);
      if (single.error !== undefined || single.row !== undefined) return single;
      const error = new StoreError(
        "page-damaged",
        `row ${index} is in the file and its index does not find it`,
      );
      return { index, error, ...this.#idOf(index) };
    });
  }

  async nodes(keys: readonly NodeKey[]): Promise<(Uint8Array | undefined)[]> {
    const neighbours = this.#neighbours(keys);
    if (neighbours !== undefined) return neighbours;
    const sql = "SELECT hash FROM nodes WHERE level = ? AND node_index = ?";
    const block = this.#blockNodes();
    return keys.map(({ level, index }) => {
      const pending = block.nodes.get(nodeName({ level, index }));
      if (pending !== undefined) return pending;
      const row = this.#quietly(sql, level, index) as { hash: unknown } | undefined;
      return row?.hash instanceof Uint8Array && row.hash.length === 32 ? row.hash : undefined;
    });
  }

  derived({ level, index }: NodeKey): boolean {
    return index * 2 ** level >= this.#blockNodes().begin;
  }

  lastOf(stream: Uint8Array, end: number): number | undefined {
    const sql = "SELECT max(leaf_index) AS last FROM leaves WHERE stream = ? AND leaf_index < ?";
    return (this.#quietly(sql, stream, end) as { last: number | null } | undefined)?.last ?? undefined;
  }

  sealed(from: number, count: number): SealedRow[] | undefined {
    return this.#whole(SEALED, count, from, from + count);
  }

  hashes(level: number, from: number, count: number): Buffer[] | undefined {
    const { begin, nodes } = this.#blockNodes();
    const end = Math.min(from + count, Math.max(from, Math.floor(begin / 2 ** level)));
    const stored = this.#whole<Buffer>(HASHES, end - from, level, from, end);
    if (stored === undefined || end === from + count) return stored;
    for (let index = end; index < from + count; index += 1) {
      const hash = nodes.get(nodeName({ level, index }));
      if (hash === undefined) return undefined;
      stored.push(Buffer.from(hash.buffer, hash.byteOffset, hash.byteLength));
    }
    return stored;
  }

  *idempotency(): Iterable<IdempotencyRow> {
    // A copy of an older store, which no service has opened since, has rows that nothing vouches for.
    if (layoutOf(this.#database) < MAC_LAYOUT) return;
    try {
      yield* this.#statements
        .get("SELECT key, fingerprint, first_leaf AS first, leaf_count AS count, mac FROM idempotency")
        .iterate() as IterableIterator<IdempotencyRow>;
    } catch (error) {
      throw readFailureOnly(error);
    }
  }

  async engine(): Promise<string[]> {
    try {
      const rows = this.#database.pragma(`integrity_check(${ENGINE_LIMIT})`) as { integrity_check: string }[];
      const found = rows.map((row) => row.integrity_check).filter((line) => line !== "ok");
      this.#damaged = found.length > 0;
      return found;
    } catch (error) {
      this.#damaged = true;
      return [readFailureOnly(error).message];
    }
  }

  async close(): Promise<void> {
    this.#database.close();
  }

  /** A row by itself, when its neighbours may be what cannot be read. */
  #single(index: number): InspectedLeaf {
    try {
      const raw = this.#statements.get(`SELECT ${LEAF_COLUMNS} FROM leaves WHERE leaf_index = ?`).get(index);
      return this.#inspected(index, raw as RawLeaf | undefined);
    } catch (error) {
      return { index, error: readFailureOnly(error), ...this.#idOf(index) };
    }
  }

  /**
   * Hashes of nodes that stand side by side, in one statement. Undefined for others, and in a file with damage: there
   * each is looked for by itself, as a proof does.
   */
  #neighbours(keys: readonly NodeKey[]): (Uint8Array | undefined)[] | undefined {
    const [first] = keys;
    if (this.#damaged || first === undefined || keys.length < 2) return undefined;
    const { level, index } = first;
    if (keys.some((key, at) => key.level !== level || key.index !== index + at)) return undefined;
    const found = new Array<Uint8Array | undefined>(keys.length).fill(undefined);
    const sql = "SELECT node_index, hash FROM nodes WHERE level = ? AND node_index >= ? AND node_index < ?";
    try {
      const rows = this.#statements
        .get(sql)
        .raw(true)
        .all(level, index, index + keys.length);
      for (const [at, hash] of rows as [number, unknown][]) {
        if (hash instanceof Uint8Array && hash.length === 32) found[at - index] = hash;
      }
      const { nodes } = this.#blockNodes();
      for (const [at, key] of keys.entries()) found[at] = nodes.get(nodeName(key)) ?? found[at];
      return found;
    } catch (error) {
      readFailureOnly(error);
      return undefined;
    }
  }

  /** The nodes of the block that is being filled, and its first leaf; none where the checkpoint cannot be read. */
  #blockNodes(): { readonly begin: number; readonly nodes: BlockNodes } {
    if (this.#block !== undefined) return this.#block;
    const row =
      layoutOf(this.#database) < BLOCK_LAYOUT
        ? undefined
        : (this.#quietly("SELECT size, pending FROM checkpoint") as
            | { size: unknown; pending: unknown }
            | undefined);
    const size = Number.isSafeInteger(row?.size) ? (row?.size as number) : undefined;
    const pending = row?.pending instanceof Uint8Array ? row.pending : new Uint8Array();
    this.#block =
      size === undefined
        ? { begin: Number.MAX_SAFE_INTEGER, nodes: new Map() }
        : { begin: blockOf(size), nodes: blockByName(size, pending) };
    return this.#block;
  }

  /** The tags of a range of leaves in one statement; undefined in a file with damage, where each leaf asks for its own. */
  #tags(from: number, end: number): ReadonlyMap<number, readonly Uint8Array[]> | undefined {
    if (this.#damaged) return undefined;
    const found = new Map<number, Uint8Array[]>();
    const sql = "SELECT leaf_index, tag FROM leaf_tags WHERE leaf_index >= ? AND leaf_index < ?";
    try {
      const rows = this.#statements.get(sql).raw(true).all(from, end);
      for (const [index, tag] of rows as [number, Uint8Array][]) {
        found.set(index, [...(found.get(index) ?? []), tag]);
      }
      return found;
    } catch (error) {
      readFailureOnly(error);
      return undefined;
    }
  }

  #inspected(
    index: number,
    raw: RawLeaf | undefined,
    known?: ReadonlyMap<number, readonly Uint8Array[]>,
  ): InspectedLeaf {
    if (raw === undefined) return { index, ...this.#idOf(index) };
    try {
      const row = leafRow(raw);
      if (known !== undefined) return { index, row, id: row.id, tags: known.get(index) ?? [] };
      const tags = this.#statements.get("SELECT tag FROM leaf_tags WHERE leaf_index = ?").all(index) as {
        tag: Uint8Array;
      }[];
      return { index, row, id: row.id, tags: tags.map(({ tag }) => tag) };
    } catch (error) {
      return { index, error: readFailureOnly(error), ...this.#idOf(index) };
    }
  }

  /** The index over ids holds them a second time, on other pages. */
  #idOf(index: number): { id?: string } {
    this.#ids ??= this.#readIds();
    const id = this.#ids.get(index);
    return id === undefined ? {} : { id };
  }

  #readIds(): Map<number, string> {
    const ids = new Map<number, string>();
    try {
      const rows = this.#statements.get("SELECT id, leaf_index FROM leaves INDEXED BY leaves_id ORDER BY id");
      for (const row of rows.iterate() as IterableIterator<{ id: string; leaf_index: number }>) {
        ids.set(row.leaf_index, row.id);
      }
    } catch (error) {
      // As many as could be read before the damage.
      readFailureOnly(error);
    }
    return ids;
  }

  /** The rows of a statement when there are exactly `count`; what cannot be read is not there. */
  #whole<T>({ sql, pluck }: Whole, count: number, ...values: number[]): T[] | undefined {
    if (this.#damaged) return undefined;
    try {
      const statement = this.#statements.get(sql);
      const rows = (pluck ? statement.pluck() : statement.raw()).all(...values) as T[];
      return rows.length === count ? rows : undefined;
    } catch (error) {
      readFailureOnly(error);
      return undefined;
    }
  }

  #quietly(sql: string, ...values: (number | Uint8Array)[]): unknown {
    try {
      return this.#statements.get(sql).get(...values);
    } catch (error) {
      readFailureOnly(error);
      return undefined;
    }
  }
}

/** The failure of a read as a StoreError; anything else is a bug and goes on. */
function readFailureOnly(error: unknown): StoreError {
  const failure = readFailure(error);
  if (failure instanceof StoreError) return failure;
  throw error;
}
