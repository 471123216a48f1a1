import { join } from "node:path";
import type { RecordDraft } from "@sigil/canon";
import Database from "better-sqlite3";

/** What SQLite does with the same bytes and nothing else: one table, WAL, `synchronous=FULL`. */
export class PlainStore {
  readonly #database: Database.Database;
  readonly #insert: Database.Statement;
  readonly #select: Database.Statement;
  readonly #many: (texts: readonly string[]) => void;

  constructor(folder: string) {
    this.#database = new Database(join(folder, "plain.db"));
    this.#database.pragma("journal_mode = WAL");
    this.#database.pragma("synchronous = FULL");
    this.#database.exec("CREATE TABLE record (id TEXT PRIMARY KEY, body TEXT NOT NULL)");
    this.#insert = this.#database.prepare("INSERT INTO record (id, body) VALUES (?, ?)");
    this.#select = this.#database.prepare("SELECT body FROM record WHERE id = ?");
    this.#many = this.#database.transaction((texts: readonly string[]) => {
      for (const text of texts) this.#insert.run(crypto.randomUUID(), text);
    });
  }

  one(record: RecordDraft): void {
    this.#insert.run(crypto.randomUUID(), JSON.stringify(record));
  }

  many(records: readonly RecordDraft[]): void {
    this.#many(records.map((record) => JSON.stringify(record)));
  }

  put(record: RecordDraft): void {
    this.#insert.run(record.id, JSON.stringify(record));
  }

  get(id: string): unknown {
    const row = this.#select.get(id) as { body: string };
    return JSON.parse(row.body);
  }

  close(): void {
    this.#database.close();
  }
}
