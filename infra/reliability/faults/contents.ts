import { join } from "node:path";
import Database from "better-sqlite3";

/** What plain SQL reads in a store, for telling two apart. */
export interface Contents {
  /** Every leaf's row with its tags, as text, by leaf index. */
  readonly leaves: ReadonlyMap<number, string>;
  /** Everything else. */
  readonly rest: string;
  /** False when no row can be read at all: the file's first page or its schema is gone. */
  readonly whole: boolean;
}

/** Without the two `created_at`, which are there for people to read and which nothing is derived from. */
const EVERYTHING_ELSE = [
  "SELECT origin, epoch, key_check FROM meta",
  "SELECT id, wrapped, active FROM keks",
  "SELECT * FROM nodes",
  "SELECT * FROM checkpoint",
  "SELECT * FROM idempotency",
];

const text = (value: unknown) =>
  JSON.stringify(value, (_, inner: unknown) =>
    inner !== null && typeof inner === "object" && "type" in inner && inner.type === "Buffer"
      ? Buffer.from((inner as unknown as { data: number[] }).data).toString("hex")
      : inner,
  );

/** A row that cannot be read counts as different from every row. */
export function contentsOf(folder: string): Contents {
  let database: Database.Database;
  try {
    database = new Database(join(folder, "nexus.db"), { readonly: true });
    database.pragma("user_version");
  } catch (error) {
    return { leaves: new Map(), rest: String(error), whole: false };
  }
  const attempt = (read: () => unknown): string => {
    try {
      return text(read());
    } catch (error) {
      return `unreadable: ${String(error)}`;
    }
  };
  const leaves = new Map<number, string>();
  for (let index = 0; index < 64; index += 1) {
    const row = attempt(() => database.prepare("SELECT * FROM leaves WHERE leaf_index = ?").get(index));
    if (row === undefined) continue;
    const tags = attempt(() =>
      database.prepare("SELECT hex(tag) FROM leaf_tags WHERE leaf_index = ? ORDER BY tag").all(index),
    );
    leaves.set(index, `${row} ${tags}`);
  }
  const rest = EVERYTHING_ELSE.map((sql) => attempt(() => database.prepare(sql).all())).join("\n");
  database.close();
  const whole = [...leaves.values()].some((row) => !row.startsWith("unreadable"));
  return { leaves, rest, whole };
}
