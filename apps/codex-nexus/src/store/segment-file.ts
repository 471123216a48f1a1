import { createHash, type Hash } from "node:crypto";
import { existsSync, rmSync } from "node:fs";
import Sqlite, { type Database } from "better-sqlite3";
import type { SegmentCut, WrittenCopy } from "../domain/database-files.ts";
import { StoreError } from "../domain/error.ts";
import { type BackupEnd, damaged, type SegmentHead } from "../domain/segment.ts";
import type { StoreMeta } from "../domain/storage.ts";
import { makeOwn, refuseExisting, unwritten, writtenCopy } from "./backup-file.ts";
import { NO_KEK } from "./erase.ts";
import { readFailure, reading } from "./failure.ts";
import { layoutOf } from "./migrations.ts";

/** What a segment takes of each table of the store: what came after `:size`, and small tables whole. */
const PARTS = {
  leaves: "leaf_index >= :size",
  leaf_tags: "leaf_index >= :size",
  // Complete subtrees over leaves from the block on in which the base ends: those of a block are stored when it is full.
  nodes: "((node_index + 1) << level) > :size - :size % 64",
  // A request is one batch, so its rows lie on one side; those that an erasure blanked since are taken again.
  idempotency: `first_leaf >= :size OR EXISTS (SELECT 1 FROM source.leaves WHERE kek_id = :none AND wrapped_dek >= :mark
    AND leaf_index >= first_leaf AND leaf_index < first_leaf + leaf_count AND leaf_index < :size)`,
  keks: "TRUE",
  checkpoint: "TRUE",
  meta: "TRUE",
} as const;

/**
 * Keys below the base that may have changed since. Keys are only ever wrapped under the KEK that is active, and an erased
 * one says by its receipt when it went: so a key is as the base has it when it is under a KEK of the base that is no longer
 * the active one, or under the base's only KEK.
 */
const REKEYED = `SELECT leaf_index, kek_id, wrapped_dek, principal FROM source.leaves WHERE leaf_index < :size AND
  CASE WHEN kek_id = :none THEN wrapped_dek >= :mark ELSE kek_id NOT IN (SELECT value FROM json_each(:settled)) END
  ORDER BY leaf_index`;

const TABLES = Object.keys(PARTS) as (keyof typeof PARTS)[];

const DDL = `
  CREATE TABLE segment (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), head TEXT NOT NULL, mac BLOB NOT NULL) STRICT;
  CREATE TABLE rekeyed (leaf_index INTEGER PRIMARY KEY, kek_id TEXT NOT NULL, wrapped_dek BLOB, principal BLOB NOT NULL) STRICT;
`;

/** Writes what a copy holds beyond the base, and reads it back. Throws `backup-exists`, `backup-not-written`. */
export function cutSegment({ copy, file, head, settled, seal }: SegmentCut): WrittenCopy {
  refuseExisting(file);
  const path = `${file}.partial`;
  rmSync(path, { force: true });
  try {
    const database = new Sqlite(path);
    try {
      database.pragma("synchronous = FULL");
      database.prepare("ATTACH ? AS source").run(copy);
      database.transaction(() => fill(database, head, settled, seal))();
    } finally {
      database.close();
    }
    makeOwn(path);
    if (readEnd(path).segment === undefined) throw damaged(path);
  } catch (cause) {
    rmSync(path, { force: true });
    throw unwritten(path, cause);
  }
  return writtenCopy(path, file);
}

function fill(
  database: Database,
  head: SegmentHead,
  settled: readonly string[],
  seal: SegmentCut["seal"],
): void {
  const mark = Buffer.alloc(60);
  mark.writeBigUInt64BE(BigInt(head.baseSize), 52);
  const given = { size: head.baseSize, none: NO_KEK, mark, settled: JSON.stringify(settled) };
  const text = JSON.stringify(headJson(head));
  const source = createHash("sha256").update(text);
  const used = (sql: string) =>
    Object.fromEntries(Object.entries(given).filter(([name]) => sql.includes(`:${name}`)));
  for (const table of TABLES) {
    const { sql } = database.prepare("SELECT sql FROM source.sqlite_master WHERE name = ?").get(table) as {
      sql: string;
    };
    database.exec(sql);
    const rows = `SELECT * FROM source.${table} WHERE ${PARTS[table]} ORDER BY 1, 2`;
    database.prepare(`INSERT INTO main.${table} ${rows}`).run(used(rows));
    hashRows(database, rows, source, used(rows));
  }
  database.exec(DDL);
  database.prepare(`INSERT INTO rekeyed ${REKEYED}`).run(used(REKEYED));
  hashRows(database, REKEYED, source, used(REKEYED));
  database.prepare("INSERT INTO segment VALUES (1, ?, ?)").run(text, seal(source.digest()));
  database.pragma(`user_version = ${database.pragma("source.user_version", { simple: true })}`);
}

/** What a backup or a segment ends with. Throws `page-damaged`, `store-newer`, `segment-damaged`. */
export function readEnd(file: string): BackupEnd {
  if (!existsSync(file)) {
    throw new StoreError("store-missing", `there is no file ${file}`, {
      remedy: "Name a backup or a segment.",
    });
  }
  return reading(() => {
    const database = new Sqlite(file, { readonly: true, fileMustExist: true });
    try {
      layoutOf(database);
      return endOf(database, file);
    } finally {
      database.close();
    }
  });
}

function endOf(database: Database, file: string): BackupEnd {
  const isSegment =
    database.prepare("SELECT 1 FROM sqlite_master WHERE name = 'segment' AND type = 'table'").get() !==
    undefined;
  const segment = isSegment ? segmentOf(database, file) : undefined;
  const meta = database
    .prepare("SELECT origin, epoch, key_check AS keyCheck, created_at AS createdAt FROM meta")
    .get() as StoreMeta | undefined;
  const end = database.prepare("SELECT size, root FROM checkpoint").get() as
    | { size: number; root: Uint8Array }
    | undefined;
  if (meta === undefined || end === undefined) {
    throw new StoreError("backup-not-verified", `${file} holds no log`, { remedy: "Name another backup." });
  }
  const rows = database.prepare("SELECT id, active FROM keks").all() as { id: string; active: number }[];
  const keks = rows.map(({ id, active }) => ({ id, active: active === 1 }));
  return { meta, ...end, keks, ...(segment === undefined ? {} : { segment }) };
}

function segmentOf(database: Database, file: string): NonNullable<BackupEnd["segment"]> {
  try {
    const { head, mac } = database.prepare("SELECT head, mac FROM segment").get() as {
      head: string;
      mac: Uint8Array;
    };
    const hash = createHash("sha256").update(head);
    for (const table of [...TABLES, "rekeyed"])
      hashRows(database, `SELECT * FROM ${table} ORDER BY 1, 2`, hash, {});
    return { head: headOf(head), digest: hash.digest(), mac };
  } catch (error) {
    const failure = readFailure(error);
    if (failure instanceof StoreError || error instanceof TypeError || error instanceof SyntaxError)
      throw damaged(file, error);
    throw error;
  }
}

interface HeadJson {
  readonly v: 1;
  readonly at: string;
  readonly base: { readonly size: number; readonly root: string; readonly sha256: string };
}

function headJson({ at, baseSize, baseRoot, baseSha256 }: SegmentHead): HeadJson {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
  return { v: 1, at, base: { size: baseSize, root: hex(baseRoot), sha256: hex(baseSha256) } };
}

function headOf(text: string): SegmentHead {
  const { v, at, base } = JSON.parse(text) as HeadJson;
  if (v !== 1) throw new SyntaxError("the head of a segment has another version");
  const bytes = (hex: string) => Buffer.from(hex, "hex");
  return { at, baseSize: base.size, baseRoot: bytes(base.root), baseSha256: bytes(base.sha256) };
}

/** Rows into a digest: of each value its type and length, so that no two contents give the same bytes. */
function hashRows(database: Database, sql: string, hash: Hash, given: Record<string, unknown>): void {
  const rows = database.prepare(sql).raw(true).iterate(given) as IterableIterator<unknown[]>;
  for (const row of rows) {
    hash.update(`row ${row.length}\n`);
    for (const value of row) {
      const bytes = Buffer.isBuffer(value) ? value : Buffer.from(String(value));
      const kind = Buffer.isBuffer(value) ? "blob" : value === null ? "null" : typeof value;
      hash.update(`${kind} ${bytes.length}\n`).update(bytes);
    }
  }
  hash.update("end\n");
}
