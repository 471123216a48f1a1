import type { Database } from "better-sqlite3";
import { StoreError } from "../domain/error.ts";

/**
 * Every step from an empty file to the present layout, in order; step n leaves `user_version` n + 1. The SQL is here
 * and not in files beside, because a service is one bundled file. A step that was released is never edited.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE meta (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    origin TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    key_check BLOB NOT NULL,
    created_at TEXT NOT NULL
  ) STRICT;
  CREATE TABLE keks (
    id TEXT PRIMARY KEY NOT NULL,
    wrapped BLOB NOT NULL,
    created_at TEXT NOT NULL,
    active INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE leaves (
    leaf_index INTEGER PRIMARY KEY,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    space TEXT NOT NULL,
    loa TEXT NOT NULL,
    ts TEXT NOT NULL,
    kek_id TEXT NOT NULL,
    wrapped_dek BLOB,
    rh BLOB NOT NULL,
    stream BLOB NOT NULL,
    principal BLOB NOT NULL,
    ct BLOB NOT NULL
  ) STRICT;
  CREATE UNIQUE INDEX leaves_id ON leaves (id);
  CREATE INDEX leaves_kind ON leaves (kind, leaf_index);
  CREATE INDEX leaves_stream ON leaves (stream, leaf_index);
  CREATE INDEX leaves_principal ON leaves (principal, leaf_index);
  CREATE TABLE leaf_tags (
    tag BLOB NOT NULL,
    leaf_index INTEGER NOT NULL,
    PRIMARY KEY (tag, leaf_index)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX leaf_tags_leaf ON leaf_tags (leaf_index);
  CREATE TABLE nodes (
    level INTEGER NOT NULL,
    node_index INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, node_index)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE checkpoint (
    only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    note TEXT NOT NULL
  ) STRICT;
  CREATE TABLE idempotency (
    key BLOB PRIMARY KEY NOT NULL,
    fingerprint BLOB NOT NULL,
    first_leaf INTEGER NOT NULL,
    leaf_count INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // Rows without a MAC cannot be told from edited ones, so none is carried over: a retry across this step is a new write.
  `
  DROP TABLE idempotency;
  CREATE TABLE idempotency (
    key BLOB PRIMARY KEY NOT NULL,
    fingerprint BLOB NOT NULL,
    first_leaf INTEGER NOT NULL,
    leaf_count INTEGER NOT NULL,
    mac BLOB NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
  // How many keys hang on each KEK, and how far a rotation came. Counted here, so that no writer can forget it. What an
  // erasure leaves begins with 52 zero bytes and is no key.
  `
  ALTER TABLE keks ADD COLUMN live INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE keks ADD COLUMN wraps INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE keks ADD COLUMN walked INTEGER NOT NULL DEFAULT 0;
  UPDATE keks SET live = (SELECT count(*) FROM leaves WHERE kek_id = keks.id AND substr(wrapped_dek, 1, 52) <> zeroblob(52));
  UPDATE keks SET wraps = live;
  CREATE TRIGGER leaves_rekeyed AFTER UPDATE OF kek_id, wrapped_dek ON leaves BEGIN
    UPDATE keks SET live = live - (ifnull(substr(OLD.wrapped_dek, 1, 52), zeroblob(52)) <> zeroblob(52)) WHERE id = OLD.kek_id;
    UPDATE keks SET live = live + (ifnull(substr(NEW.wrapped_dek, 1, 52), zeroblob(52)) <> zeroblob(52)),
      wraps = wraps + (NEW.kek_id <> OLD.kek_id) WHERE id = NEW.kek_id;
  END;
  `,
  // What a commit of one record writes besides its row: neither a count nor a node of the tree has a page of its own then.
  // Of the block of 64 leaves that is being filled, the leaf hashes lie in the checkpoint's row.
  `
  ALTER TABLE keks ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;
  UPDATE keks SET counted = ifnull((SELECT size FROM checkpoint), 0);
  ALTER TABLE checkpoint ADD COLUMN pending BLOB NOT NULL DEFAULT x'';
  UPDATE checkpoint SET pending = ifnull((SELECT unhex(group_concat(hex(hash), '')) FROM
    (SELECT hash FROM nodes WHERE level = 0 AND node_index >= size - size % 64 ORDER BY node_index)), x'');
  DELETE FROM nodes WHERE level < 6 AND
    node_index >= (SELECT (size - size % 64) >> level FROM checkpoint);
  `,
];

/** The layout that this program writes. */
export const LAYOUT = MIGRATIONS.length;

/** The layout that a database has: 0 for an empty file. Throws `store-newer`. */
export function layoutOf(database: Database): number {
  const version = database.pragma("user_version", { simple: true }) as number;
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      "store-newer",
      `the store has layout ${version}; this program knows layouts up to ${MIGRATIONS.length}`,
      { remedy: "Run the version of Sigil that wrote the store, or a newer one." },
    );
  }
  return version;
}

/** Brings a database to a layout, the present one unless told, each step in a transaction together with its number. */
export function migrate(database: Database, layout: number = MIGRATIONS.length): void {
  for (let version = layoutOf(database); version < layout; version += 1) {
    const step = MIGRATIONS[version] ?? "";
    database.transaction(() => {
      database.exec(step);
      database.pragma(`user_version = ${version + 1}`);
    })();
  }
}
