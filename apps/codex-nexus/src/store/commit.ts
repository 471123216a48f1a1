import type { Database } from "better-sqlite3";
import type { CommitBatch, NewLeaf } from "../domain/storage.ts";

/**
 * The hot path: prepared once, one IMMEDIATE transaction per batch. Returns the function that commits; it throws what
 * SQLite throws, with the transaction rolled back.
 */
export function prepareCommit(database: Database): (batch: CommitBatch) => void {
  const insertLeaf = database.prepare(
    `INSERT INTO leaves (leaf_index, id, kind, space, loa, ts, kek_id, wrapped_dek, ct, rh, stream, principal)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertTag = database.prepare("INSERT INTO leaf_tags (tag, leaf_index) VALUES (?, ?)");
  const insertNode = database.prepare("INSERT INTO nodes (level, node_index, hash) VALUES (?, ?, ?)");
  const insertKey = database.prepare(
    "INSERT INTO idempotency (key, fingerprint, first_leaf, leaf_count, mac) VALUES (?, ?, ?, ?, ?)",
  );
  const insertMeta = database.prepare(
    "INSERT INTO meta (only_row, origin, epoch, key_check, created_at) VALUES (1, ?, ?, ?, ?)",
  );
  const insertKek = database.prepare(
    "INSERT INTO keks (id, wrapped, created_at, active) VALUES (?, ?, ?, ?)",
  );
  const putCheckpoint = database.prepare(
    `INSERT INTO checkpoint (only_row, size, root, note) VALUES (1, ?, ?, ?)
     ON CONFLICT (only_row) DO UPDATE SET size = excluded.size, root = excluded.root, note = excluded.note`,
  );

  const insert = (leaf: NewLeaf) => {
    const { index, id, kind, space, loa, ts, kekId, wrappedDek, ct, rh, stream, principal } = leaf;
    insertLeaf.run(index, id, kind, space, loa, ts, kekId, wrappedDek, ct, rh, stream, principal);
    for (const tag of leaf.tags) insertTag.run(tag, index);
  };

  const transaction = database.transaction((batch: CommitBatch) => {
    if (batch.birth) {
      const { meta, kek } = batch.birth;
      insertMeta.run(meta.origin, meta.epoch, meta.keyCheck, meta.createdAt);
      insertKek.run(kek.id, kek.wrapped, kek.createdAt, kek.active ? 1 : 0);
    }
    for (const leaf of batch.leaves) insert(leaf);
    for (const { level, index, hash } of batch.nodes) insertNode.run(level, index, hash);
    for (const { key, fingerprint, first, count, mac } of batch.idempotency)
      insertKey.run(key, fingerprint, first, count, mac);
    putCheckpoint.run(batch.checkpoint.size, batch.checkpoint.root, batch.checkpoint.note);
  });
  return (batch) => transaction.immediate(batch);
}
