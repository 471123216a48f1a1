import { chmodSync, copyFileSync } from "node:fs";
import Sqlite, { type Database } from "better-sqlite3";
import { damaged } from "../domain/segment.ts";
import { layoutOf, migrate } from "./migrations.ts";
import { dropDatabase } from "./replace.ts";

/** What an erasure leaves begins with 52 zero bytes. */
const ERASED = "length(wrapped_dek) = 60 AND substr(wrapped_dek, 1, 52) = zeroblob(52)";

/** The steps from the state that a base ends with to the state that a segment ends with. KEKs last: a trigger counts. */
const APPLY = [
  "INSERT INTO main.leaves SELECT * FROM segment.leaves",
  "INSERT INTO main.leaf_tags SELECT * FROM segment.leaf_tags",
  "INSERT INTO main.nodes SELECT * FROM segment.nodes",
  "REPLACE INTO main.idempotency SELECT * FROM segment.idempotency",
  `UPDATE main.leaves SET (kek_id, wrapped_dek, principal) =
     (SELECT kek_id, wrapped_dek, principal FROM segment.rekeyed AS r WHERE r.leaf_index = leaves.leaf_index)
   WHERE leaf_index IN (SELECT leaf_index FROM segment.rekeyed)`,
  `DELETE FROM main.leaf_tags WHERE leaf_index IN (SELECT leaf_index FROM segment.rekeyed WHERE ${ERASED})`,
  "DELETE FROM main.keks",
  "INSERT INTO main.keks SELECT * FROM segment.keks",
  "DELETE FROM main.checkpoint",
  "INSERT INTO main.checkpoint SELECT * FROM segment.checkpoint",
] as const;

/**
 * A copy of `base` with the segments applied to it, in order. It is as sound as its parts: verify it before use. Throws
 * `segment-damaged`, and then there is no copy.
 */
export function assembleChain(base: string, segments: readonly string[], into: string): void {
  dropDatabase(into);
  copyFileSync(base, into);
  try {
    chmodSync(into, 0o600);
    const database = new Sqlite(into, { fileMustExist: true });
    try {
      database.pragma("journal_mode = DELETE");
      database.pragma("secure_delete = ON");
      for (const segment of segments) apply(database, segment);
    } finally {
      database.close();
    }
  } catch (error) {
    dropDatabase(into);
    throw error;
  }
}

function apply(database: Database, segment: string): void {
  const layout = layoutOfSegment(segment);
  migrate(database, layout);
  database.prepare("ATTACH ? AS segment").run(segment);
  try {
    database.transaction(() => {
      for (const step of APPLY) database.exec(step);
    })();
  } catch (cause) {
    throw damaged(segment, cause);
  } finally {
    database.exec("DETACH segment");
  }
}

function layoutOfSegment(segment: string): number {
  const database = new Sqlite(segment, { readonly: true, fileMustExist: true });
  try {
    return layoutOf(database);
  } finally {
    database.close();
  }
}
