import type { Database } from "better-sqlite3";
import type { Erasure } from "../domain/storage.ts";

const WRAPPED_BYTES = 60;
const NUMBER_AT = WRAPPED_BYTES - 8;

/** Stands for the KEK of a row without a key; as long as an id. No KEK has it, so that none is kept for the row. */
export const NO_KEK = "-".repeat(22);

/**
 * What stands where a wrapped key stood: 52 zero bytes ‖ leaf index of the receipt (u64be). It has the length of a wrapped
 * key, so that SQLite overwrites the bytes where they are: a row that shrinks may be moved, and leave a copy behind.
 */
function erasedMark(receipt: number): Uint8Array {
  const mark = new Uint8Array(WRAPPED_BYTES);
  new DataView(mark.buffer).setBigUint64(NUMBER_AT, BigInt(receipt));
  return mark;
}

/** The receipt's leaf index; undefined for a key. */
export function receiptOf(column: Uint8Array): number | undefined {
  if (column.length !== WRAPPED_BYTES || column.subarray(0, NUMBER_AT).some((byte) => byte !== 0))
    return undefined;
  const view = new DataView(column.buffer, column.byteOffset, column.byteLength);
  const receipt = Number(view.getBigUint64(NUMBER_AT));
  return Number.isSafeInteger(receipt) ? receipt : undefined;
}

/** Destroys, inside a transaction, what an erasure names: wrapped keys, blind indexes of tags and principal, fingerprints. */
export function prepareErasure(database: Database): (erasure: Erasure) => void {
  const overwrite = database.prepare(
    "UPDATE leaves SET kek_id = ?, wrapped_dek = ?, principal = zeroblob(16) WHERE leaf_index = ?",
  );
  const dropTags = database.prepare("DELETE FROM leaf_tags WHERE leaf_index = ?");
  const blank = database.prepare("UPDATE idempotency SET fingerprint = ?, mac = ? WHERE key = ?");
  return ({ receipt, leaves, idempotency }) => {
    const mark = erasedMark(receipt);
    for (const index of leaves) {
      overwrite.run(NO_KEK, mark, index);
      dropTags.run(index);
    }
    for (const { key, fingerprint, mac } of idempotency) blank.run(fingerprint, mac, key);
  };
}

/** Moves the write-ahead log into the file and cuts it to nothing; false while a reader holds an older view. */
export function scrubFile(database: Database): boolean {
  const [row] = database.pragma("wal_checkpoint(TRUNCATE)") as { busy: number }[];
  return row?.busy === 0;
}
