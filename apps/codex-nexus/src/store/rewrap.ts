import type { Database } from "better-sqlite3";
import type { KekUse, RewrappedKey, WrappedKek, WrappedKeyRow } from "../domain/storage.ts";
import { receiptOf } from "./erase.ts";

const SIZE = "ifnull((SELECT size FROM checkpoint), 0)";
const SINCE = `(${SIZE} - counted)`;

/** The statements of a key rotation. Each function is one transaction; it throws what SQLite throws, rolled back. */
export function prepareRewrap(database: Database) {
  // Keys under the active KEK are counted by the length of the log, until another is.
  const deactivate = database.prepare(
    `UPDATE keks SET active = 0, live = live + ${SINCE}, wraps = wraps + ${SINCE} WHERE active = 1`,
  );
  const insert = database.prepare(
    `INSERT INTO keks (id, wrapped, created_at, active, counted) VALUES (?, ?, ?, 1, ${SIZE})`,
  );
  const walk = database.prepare(
    `SELECT leaf_index AS "index", id, kek_id AS kekId, wrapped_dek AS wrappedDek FROM leaves
     WHERE leaf_index >= ? ORDER BY leaf_index LIMIT ?`,
  );
  // Only where the key still stands that was read: an erasure in between wins.
  const replace = database.prepare(
    "UPDATE leaves SET kek_id = ?, wrapped_dek = ? WHERE leaf_index = ? AND wrapped_dek = ?",
  );
  const reached = database.prepare("UPDATE keks SET walked = ? WHERE id = ?");
  const uses = database.prepare(
    `SELECT id, created_at AS createdAt, active, live + active * ${SINCE} AS live, wraps + active * ${SINCE} AS wraps, walked
     FROM keks ORDER BY created_at, id`,
  );
  const erase = database.prepare("DELETE FROM keks WHERE id = ? AND active = 0 AND live = 0");

  return {
    add: database.transaction((kek: WrappedKek) => {
      deactivate.run();
      insert.run(kek.id, kek.wrapped, kek.createdAt);
    }),
    walk: (from: number, limit: number) =>
      (walk.all(from, limit) as WrappedKeyRow[]).map((row) =>
        row.wrappedDek !== null && receiptOf(row.wrappedDek) !== undefined
          ? { ...row, wrappedDek: null }
          : row,
      ),
    replace: database.transaction((kekId: string, keys: readonly RewrappedKey[], walked: number) => {
      for (const { index, before, after } of keys) replace.run(kekId, after, index, before);
      reached.run(walked, kekId);
    }),
    uses: () =>
      (uses.all() as (Omit<KekUse, "active"> & { active: number })[]).map((use) => ({
        ...use,
        active: use.active === 1,
      })),
    erase: (id: string) => erase.run(id).changes === 1,
  };
}
