import { StoreError } from "../domain/error.ts";
import type { LeafRow } from "../domain/storage.ts";
import { receiptOf } from "./erase.ts";

/** What a row of `leaves` may be after somebody else wrote to the file: nothing is taken for granted. */
export type RawLeaf = Readonly<Record<string, unknown>>;

export const LEAF_COLUMNS =
  "leaf_index, id, kind, space, loa, ts, kek_id, wrapped_dek, ct, rh, stream, principal";

const BLOB_BYTES: Readonly<Record<string, number>> = { rh: 32, stream: 16, principal: 16 };

function malformed(raw: RawLeaf, column: string, must: string): StoreError {
  return new StoreError("row-malformed", `row ${String(raw.leaf_index)}: column ${column} is not ${must}`);
}

function text(raw: RawLeaf, column: string): string {
  const value = raw[column];
  if (typeof value !== "string") throw malformed(raw, column, "text");
  return value;
}

function bytes(raw: RawLeaf, column: string): Uint8Array {
  const value = raw[column];
  const length = BLOB_BYTES[column];
  if (!(value instanceof Uint8Array) || (length !== undefined && value.length !== length)) {
    throw malformed(raw, column, length === undefined ? "bytes" : `${length} bytes`);
  }
  return value;
}

/** A row with the types that it must have. Throws `row-malformed`. */
export function leafRow(raw: RawLeaf): LeafRow {
  const index = raw.leaf_index;
  const wrappedDek = raw.wrapped_dek === null ? null : bytes(raw, "wrapped_dek");
  const erasedBy = wrappedDek === null ? undefined : receiptOf(wrappedDek);
  if (!Number.isSafeInteger(index)) throw malformed(raw, "leaf_index", "an integer");
  return {
    index: index as number,
    id: text(raw, "id"),
    kind: text(raw, "kind"),
    space: text(raw, "space"),
    loa: text(raw, "loa"),
    ts: text(raw, "ts"),
    kekId: text(raw, "kek_id"),
    wrappedDek: erasedBy === undefined ? wrappedDek : null,
    ...(erasedBy === undefined ? {} : { erasedBy }),
    ct: bytes(raw, "ct"),
    rh: bytes(raw, "rh"),
    stream: bytes(raw, "stream"),
    principal: bytes(raw, "principal"),
  };
}
