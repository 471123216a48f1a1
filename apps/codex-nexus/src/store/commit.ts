import type { Database } from "better-sqlite3";
import type { CommitBatch, NewLeaf, TreeNode } from "../domain/storage.ts";
import { blockNodes, blockOf, completeBefore } from "./block.ts";
import { prepareErasure } from "./erase.ts";

/** Rows of one statement: there are two nodes for a leaf, and half of what a statement of one row costs is its call. */
const NODE_ROWS = 16;

function prepareNodes(database: Database): (nodes: readonly TreeNode[]) => void {
  const prepared = (rows: number) =>
    database.prepare(
      `INSERT INTO nodes (level, node_index, hash) VALUES ${Array(rows).fill("(?, ?, ?)").join(", ")}`,
    );
  const [one, many] = [prepared(1), prepared(NODE_ROWS)];
  const values = (nodes: readonly TreeNode[]) =>
    nodes.flatMap(({ level, index, hash }) => [level, index, hash]);
  return (nodes) => {
    const whole = nodes.length - (nodes.length % NODE_ROWS);
    for (let at = 0; at < whole; at += NODE_ROWS) many.run(values(nodes.slice(at, at + NODE_ROWS)));
    for (const node of nodes.slice(whole)) one.run(values([node]));
  };
}

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
  const insertNodes = prepareNodes(database);
  const insertKey = database.prepare(
    "INSERT INTO idempotency (key, fingerprint, first_leaf, leaf_count, mac) VALUES (?, ?, ?, ?, ?)",
  );
  const insertMeta = database.prepare(
    "INSERT INTO meta (only_row, origin, epoch, key_check, created_at) VALUES (1, ?, ?, ?, ?)",
  );
  const insertKek = database.prepare(
    "INSERT INTO keks (id, wrapped, created_at, active) VALUES (?, ?, ?, ?)",
  );
  const readHead = database.prepare("SELECT size, pending FROM checkpoint");
  const putCheckpoint = database.prepare(
    `INSERT INTO checkpoint (only_row, size, root, note, pending) VALUES (1, ?, ?, ?, ?)
     ON CONFLICT (only_row) DO UPDATE SET
       size = excluded.size, root = excluded.root, note = excluded.note, pending = excluded.pending`,
  );

  const countKeys = database.prepare("UPDATE keks SET live = live + ?, wraps = wraps + ? WHERE id = ?");

  const active = database.prepare("SELECT id FROM keks WHERE active = 1").pluck();

  // A key under the active KEK is counted by the length of the log; written is only what is not as that says.
  const count = (leaves: readonly NewLeaf[]) => {
    const counted = active.get() as string | undefined;
    const counts = new Map<string, number>();
    const add = (id: string, keys: number) => counts.set(id, (counts.get(id) ?? 0) + keys);
    for (const { kekId, wrappedDek } of leaves) {
      if (wrappedDek !== null && kekId === counted) continue;
      if (counted !== undefined) add(counted, -1);
      if (wrappedDek !== null) add(kekId, 1);
    }
    for (const [id, keys] of counts) countKeys.run(keys, keys, id);
  };

  /** Stores the nodes that end before the block that is now being filled; the leaf hashes of that block are returned. */
  const putNodes = ({ nodes, checkpoint }: CommitBatch): Uint8Array => {
    const head = readHead.get() as { size: number; pending: Uint8Array } | undefined;
    const { size, pending } = head ?? { size: 0, pending: new Uint8Array() };
    const block = blockOf(checkpoint.size);
    const same = block === blockOf(size);
    const before = same ? [] : blockNodes(size, pending);
    const after: Uint8Array[] = same ? [pending] : [];
    const complete: TreeNode[] = [...before];
    for (const node of nodes) {
      if (completeBefore(node, block)) complete.push(node);
      else if (node.level === 0) after.push(node.hash);
    }
    insertNodes(complete);
    return after.length === 1 ? (after[0] as Uint8Array) : Buffer.concat(after);
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
    for (const { key, fingerprint, first, count, mac } of batch.idempotency)
      insertKey.run(key, fingerprint, first, count, mac);
    for (const erasure of batch.erasures ?? []) erase(erasure);
    if (batch.epoch !== undefined) putEpoch.run(batch.epoch);
    const { size, root, note } = batch.checkpoint;
    putCheckpoint.run(size, root, note, putNodes(batch));
  });
  return (batch) => transaction.immediate(batch);
}
