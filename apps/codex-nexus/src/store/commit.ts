import type { Database } from "better-sqlite3";
import type { CommitBatch, NewLeaf } from "../domain/storage.ts";
import { prepareErasure } from "./erase.ts";

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

  const countKeys = database.prepare("UPDATE keks SET live = live + ?, wraps = wraps + ? WHERE id = ?");

  const count = (leaves: readonly NewLeaf[]) => {
    const counts = new Map<string, number>();
    for (const { kekId, wrappedDek } of leaves)
      if (wrappedDek !== null) counts.set(kekId, (counts.get(kekId) ?? 0) + 1);
    for (const [id, keys] of counts) countKeys.run(keys, keys, id);
  };

  const insert = (leaf: NewLeaf) => {
    const { index, id, kind, space, loa, ts, kekId, wrappedDek, ct, rh, stream, principal } = leaf;
    insertLeaf.run(index, id, kind, space, loa, ts, kekId, wrappedDek, ct, rh, stream, principal);
    for (const tag of leaf.tags) insertTag.run(tag, index);
  };

  const erase = prepareErasure(database);
  const putEpoch = database.prepare("UPDATE meta SET epoch = ?");

  const transaction = database.transaction((batch: CommitBatch) => {
    if (batch.birth) {
      const { meta, kek } = batch.birth;
      insertMeta.run(meta.origin, meta.epoch, meta.keyCheck, meta.createdAt);
      insertKek.run(kek.id, kek.wrapped, kek.createdAt, kek.active ? 1 : 0);
    }
    for (const leaf of batch.leaves) insert(leaf);
    count(batch.leaves);
    for (const { level, index, hash } of batch.nodes) insertNode.run(level, index, hash);
    for (const { key, fingerprint, first, count, mac } of batch.idempotency)
      insertKey.run(key, fingerprint, first, count, mac);
    for (const erasure of batch.erasures ?? []) erase(erasure);
    if (batch.epoch !== undefined) putEpoch.run(batch.epoch);
    putCheckpoint.run(batch.checkpoint.size, batch.checkpoint.root, batch.checkpoint.note);
  });
  return (batch) => transaction.immediate(batch);
}
