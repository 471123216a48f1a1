import Sqlite, { type Database } from "better-sqlite3";
import { eq } from "drizzle-orm";
import { type BetterSQLite3Database, drizzle } from "drizzle-orm/better-sqlite3";
import type {
  CommitBatch,
  IdempotencyRow,
  KekUse,
  LeafRow,
  NodeKey,
  PageQuery,
  RewrappedKey,
  Storage,
  StoredCheckpoint,
  StoreMeta,
  WrappedKek,
  WrappedKeyRow,
} from "../domain/storage.ts";
import { blockByName, nodeName } from "./block.ts";
import { prepareCommit } from "./commit.ts";
import { Committer } from "./committer.ts";
import { setDurable } from "./connection.ts";
import { scrubFile } from "./erase.ts";
import { commitFailure, reading } from "./failure.ts";
import { layoutOf, migrate } from "./migrations.ts";
import { pageSql } from "./page.ts";
import { prepareRewrap } from "./rewrap.ts";
import { LEAF_COLUMNS, leafRow, type RawLeaf } from "./rows.ts";
import * as schema from "./schema.ts";
import { Statements } from "./statements.ts";
import { tryRoom } from "./trial.ts";

/** How a store is opened. */
export interface OpenStorage {
  readonly create?: boolean;
  readonly threaded?: boolean;
}

/** Dirties a page, so that it goes through the log and is synced. */
const NO_CHANGE = "UPDATE checkpoint SET size = size";

const LEAF = `SELECT ${LEAF_COLUMNS} FROM leaves`;

/**
 * The storage interface over one SQLite file: WAL, synchronous=FULL. Commits run on this connection, or in a thread with a
 * connection of its own: then reads never wait for a write. Whoever commits or rotates keys does one at a time.
 */
export class SqliteStorage implements Storage {
  readonly #database: Database;
  readonly #drizzle: BetterSQLite3Database<typeof schema>;
  readonly #statements: Statements;
  #commit: ((batch: CommitBatch) => void) | undefined;
  #rewrapping: ReturnType<typeof prepareRewrap> | undefined;

  readonly #committer: Committer | undefined;

  private constructor(database: Database, committer: Committer | undefined) {
    this.#database = database;
    this.#committer = committer;
    this.#drizzle = drizzle(database, { schema });
    this.#statements = new Statements(database);
  }

  /**
   * Opens a store and changes nothing in one that exists; with `create`, a new file receives its tables; `threaded` commits
   * in a thread. Throws `store-newer`, `page-damaged` or `store-unreadable`.
   */
  static open(file: string, options: OpenStorage = {}): SqliteStorage {
    const create = options.create === true;
    return reading(() => {
      const database = new Sqlite(file, { fileMustExist: !create });
      try {
        const layout = layoutOf(database);
        // SQLite opens a file that it may not write for reading, without a word, and would then refuse every commit of
        // this process. A write that is rolled back says so now; BEGIN IMMEDIATE would not.
        database.exec(`BEGIN; PRAGMA user_version = ${layout}; ROLLBACK`);
        setDurable(database);
        if (create && layout === 0) migrate(database);
        return new SqliteStorage(database, options.threaded === true ? new Committer(file) : undefined);
      } catch (error) {
        database.close();
        throw error;
      }
    });
  }

  async upgrade(): Promise<void> {
    reading(() => migrate(this.#database));
  }

  async meta(): Promise<StoreMeta | undefined> {
    if (reading(() => layoutOf(this.#database)) === 0) return undefined;
    const row = reading(() => this.#drizzle.select().from(schema.meta).get());
    if (row === undefined) return undefined;
    const { origin, epoch, keyCheck, createdAt } = row;
    return { origin, epoch, keyCheck, createdAt };
  }

  async keks(): Promise<WrappedKek[]> {
    const rows = reading(() => this.#drizzle.select().from(schema.keks).orderBy(schema.keks.createdAt).all());
    return rows.map(({ id, wrapped, createdAt, active }) => ({ id, wrapped, createdAt, active }));
  }

  async kekUses(): Promise<KekUse[]> {
    return reading(() => this.#rewrap.uses());
  }

  async addKek(kek: WrappedKek): Promise<void> {
    this.#writing(() => this.#rewrap.add.immediate(kek));
  }

  async wrappedKeys(from: number, limit: number): Promise<WrappedKeyRow[]> {
    return reading(() => this.#rewrap.walk(from, limit));
  }

  async rewrap(kekId: string, keys: readonly RewrappedKey[], walked: number): Promise<void> {
    this.#writing(() => this.#rewrap.replace.immediate(kekId, keys, walked));
  }

  async destroyKek(id: string): Promise<boolean> {
    return this.#writing(() => this.#rewrap.erase(id));
  }

  async checkpoint(): Promise<StoredCheckpoint | undefined> {
    const row = reading(() => this.#drizzle.select().from(schema.checkpoint).get());
    return row === undefined ? undefined : { size: row.size, root: row.root, note: row.note };
  }

  async commit(batch: CommitBatch): Promise<void> {
    try {
      if (this.#committer !== undefined) return await this.#committer.commit(batch);
      this.#commit ??= prepareCommit(this.#database);
      this.#commit(batch);
    } catch (error) {
      throw commitFailure(error);
    }
  }

  async tryWriting(bytes: number): Promise<void> {
    try {
      await tryRoom(this.#database.name, bytes);
      this.#database.transaction(() => this.#database.exec(NO_CHANGE)).immediate();
    } catch (error) {
      throw commitFailure(error);
    }
  }

  async leaf(index: number): Promise<LeafRow | undefined> {
    return this.#one(`${LEAF} WHERE leaf_index = ?`, index);
  }

  async leafById(id: string): Promise<LeafRow | undefined> {
    return this.#one(`${LEAF} WHERE id = ?`, id);
  }

  async taken(ids: readonly string[]): Promise<readonly string[]> {
    const [first] = ids;
    // For one id a third of the time that a list of one takes.
    const [sql, given] =
      ids.length === 1 && first !== undefined
        ? ["SELECT id FROM leaves WHERE id = ?", first]
        : ["SELECT id FROM leaves WHERE id IN (SELECT value FROM json_each(?))", JSON.stringify(ids)];
    const rows = reading(() => this.#statements.get(sql).all(given)) as { id: string }[];
    return rows.map(({ id }) => id);
  }

  async leaves(from: number, count: number): Promise<LeafRow[]> {
    const sql = `${LEAF} WHERE leaf_index >= ? AND leaf_index < ? ORDER BY leaf_index`;
    const rows = reading(() => this.#statements.get(sql).all(from, from + count)) as RawLeaf[];
    return rows.map(leafRow);
  }

  async streamTip(stream: Uint8Array): Promise<LeafRow | undefined> {
    return this.#one(`${LEAF} WHERE stream = ? ORDER BY leaf_index DESC LIMIT 1`, stream);
  }

  async streamLength(stream: Uint8Array): Promise<number> {
    return reading(() => {
      const row = this.#statements.get("SELECT count(*) AS n FROM leaves WHERE stream = ?").get(stream);
      return (row as { n: number }).n;
    });
  }

  async page(query: PageQuery): Promise<LeafRow[]> {
    const { sql, values } = pageSql(query);
    return reading(() => {
      const rows: LeafRow[] = [];
      let left = query.bytes ?? Number.POSITIVE_INFINITY;
      for (const raw of this.#statements.get(sql).iterate(...values)) {
        const row = leafRow(raw as RawLeaf);
        rows.push(row);
        left -= row.ct.length;
        if (left < 0) break;
      }
      return rows;
    });
  }

  async nodes(keys: readonly NodeKey[]): Promise<(Uint8Array | undefined)[]> {
    return reading(() => {
      // Before the table: a block that a commit fills in between stands there by then.
      const head = this.#statements.get("SELECT size, pending FROM checkpoint").get() as
        | { size: number; pending: Uint8Array }
        | undefined;
      const block = blockByName(head?.size ?? 0, head?.pending ?? new Uint8Array());
      const node = this.#statements.get("SELECT hash FROM nodes WHERE level = ? AND node_index = ?");
      return keys.map(
        ({ level, index }) =>
          block.get(nodeName({ level, index })) ??
          (node.get(level, index) as { hash: Uint8Array } | undefined)?.hash,
      );
    });
  }

  async idempotency(key: Uint8Array): Promise<IdempotencyRow | undefined> {
    return reading(() =>
      this.#drizzle
        .select()
        .from(schema.idempotency)
        .where(eq(schema.idempotency.key, Buffer.from(key)))
        .get(),
    );
  }

  async idempotencyOver(leaves: readonly number[]): Promise<IdempotencyRow[]> {
    if (leaves.length === 0) return [];
    // No index serves this: one scan for an erasure is cheaper than an index that every write maintains.
    const sql = `SELECT key, fingerprint, first_leaf AS first, leaf_count AS count, mac FROM idempotency
      WHERE first_leaf <= ? AND first_leaf + leaf_count > ?`;
    const [low, high] = [Math.min(...leaves), Math.max(...leaves)];
    return reading(() => {
      const rows = this.#statements.get(sql).all(high, low) as IdempotencyRow[];
      return rows.filter(({ first, count }) => leaves.some((at) => first <= at && at < first + count));
    });
  }

  async scrub(): Promise<boolean> {
    return reading(() => scrubFile(this.#database));
  }

  /** The settings on which an acknowledgement rests: `wal`, and 2 for FULL. */
  durability(): { readonly journal: unknown; readonly synchronous: unknown } {
    const setting = (name: string) => this.#database.pragma(name, { simple: true });
    return { journal: setting("journal_mode"), synchronous: setting("synchronous") };
  }

  /** Closes the file; SQLite moves the WAL into it. */
  async close(): Promise<void> {
    await this.#committer?.close();
    this.#database.close();
  }

  get #rewrap(): ReturnType<typeof prepareRewrap> {
    this.#rewrapping ??= prepareRewrap(this.#database);
    return this.#rewrapping;
  }

  #writing<T>(write: () => T): T {
    try {
      return write();
    } catch (error) {
      throw commitFailure(error);
    }
  }

  #one(sql: string, argument: number | string | Uint8Array): LeafRow | undefined {
    const raw = reading(() => this.#statements.get(sql).get(argument)) as RawLeaf | undefined;
    return raw === undefined ? undefined : leafRow(raw);
  }
}
