import { toHex } from "@sigil/crypto";
import { StoreError } from "../error.ts";
import { ownIdempotency } from "../fingerprint.ts";
import type { RootKeys } from "../keys.ts";
import type { IdempotencyRow } from "../storage.ts";
import type { Inspection } from "./inspection.ts";
import type { Fault } from "./record.ts";

/** Rows beyond this many are reported without looking for what they were. */
const SEARCHED = 4;

/**
 * Idempotency rows that this store did not write as they are: a retry under such a key would be answered with another
 * request's records. `index` is the leaf that the row really stood for, when only its number was changed. A row that was
 * deleted is not missed here: nothing says which keys there were.
 */
export function* idempotencyFaults(
  inspection: Pick<Inspection, "idempotency">,
  root: RootKeys,
  size: number,
): Iterable<Fault & { readonly index: number | null }> {
  try {
    yield* faultsOf(inspection.idempotency(), root, size);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    yield { index: null, check: "idempotency", detail: `the rows of keys cannot be read: ${error.message}` };
  }
}

function* faultsOf(
  rows: Iterable<IdempotencyRow>,
  root: RootKeys,
  size: number,
): Iterable<Fault & { readonly index: number | null }> {
  let searched = 0;
  for (const row of rows) {
    if (ownIdempotency(root, row)) {
      if (row.first + row.count <= size) continue;
      const detail = `the row of key ${nameOf(row)} stands for leaves that the log does not have`;
      yield { index: null, check: "idempotency", detail };
      continue;
    }
    searched += 1;
    const index = searched > SEARCHED ? null : originalFirst(row, root, size);
    const was = index === null ? "" : `; it stood for leaf ${index}`;
    const detail = `the row of key ${nameOf(row)} says leaf ${row.first}, ${row.count} records, and its MAC does not hold${was}`;
    yield { index, check: "idempotency", detail };
  }
}

function originalFirst(row: IdempotencyRow, root: RootKeys, size: number): number | null {
  for (let first = 0; first < size; first += 1) {
    if (ownIdempotency(root, { ...row, first })) return first;
  }
  return null;
}

function nameOf({ key }: { readonly key: unknown }): string {
  if (!(key instanceof Uint8Array)) return "(unreadable)";
  return `${toHex(key).slice(0, 16)}…`;
}
