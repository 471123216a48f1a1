import { type CanonRecord, type ProofBundle, type TrustFile, verifyBundle } from "@sigil/canon";
import type { DatabaseFiles } from "../domain/database-files.ts";
import { StoreError } from "../domain/error.ts";
import { KekRing } from "../domain/kek.ts";
import type { StoreKeys } from "../domain/keys.ts";
import { requireRoot } from "../domain/opening.ts";
import { keysAt, type PinnedKeys } from "../domain/verify/keys.ts";
import { examine, type KeyedGround } from "../domain/verify/record.ts";

/** Where a restore looks for what came after the backup. */
export interface RememberingGround {
  readonly files: DatabaseFiles;
  /** The backup. */
  readonly file: string;
  /** The database that the backup takes the place of. */
  readonly database: string;
  readonly origin: string;
  readonly keys: StoreKeys;
  readonly pinned: PinnedKeys;
  readonly trust: TrustFile;
  /** Texts of proof bundles that remember what came after the backup. */
  readonly exports: readonly string[];
}

/** Rows that are held at a time: a row may be megabytes. */
const CHUNK = 64;

/** The records of every export, each at the leaf that it had. Throws `export-not-verified`. */
export function exportedEntries({
  exports,
  trust,
}: Pick<RememberingGround, "exports" | "trust">): { record: CanonRecord; index: number }[] {
  return exports.flatMap((text) => {
    const { verdict, code } = verifyBundle(text, trust);
    if (verdict !== "verified") {
      throw new StoreError("export-not-verified", `an export is ${verdict}: ${code ?? ""}`, {
        remedy: "Leave it out, or give the one that this runtime exported.",
      });
    }
    const { entries } = JSON.parse(text) as ProofBundle;
    return entries.flatMap(({ index, record }) => (record ? [{ index, record: record.record }] : []));
  });
}

/**
 * Tells of every record of some kinds from a leaf on that verifies, in the order of the log. False when something could not be
 * read, undefined when there is no store.
 */
export async function walkStore(
  { files, keys, origin, pinned }: RememberingGround,
  database: string,
  size: number,
  wanted: ReadonlySet<string>,
  tell: (record: CanonRecord, index: number) => void,
): Promise<boolean | undefined> {
  let whole = true;
  try {
    const inspection = files.inspect(database);
    if (inspection === undefined) return undefined;
    try {
      const meta = await inspection.meta();
      if (meta === undefined) return false;
      const root = requireRoot(keys.root, meta, origin);
      const ring = new KekRing(root, await inspection.keks());
      const authorKeys = { sigilderg: keysAt(pinned.sigilderg), mmf: keysAt(pinned.mmf) };
      const ground: KeyedGround = { root, ring, recordKeys: keysAt(pinned.record), pinned, authorKeys };
      const end = await inspection.end();
      for (let from = size; from < end; from += CHUNK) {
        for (const { index, row, tags } of await inspection.leaves(from, Math.min(CHUNK, end - from))) {
          if (row === undefined) whole = false;
          if (row === undefined || !wanted.has(row.kind)) continue;
          const { signed, faults } = examine(row, tags ?? [], ground);
          if (signed === undefined || faults.length > 0) whole = false;
          else tell(signed.record, index);
        }
      }
      return whole;
    } finally {
      await inspection.close();
    }
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
}
