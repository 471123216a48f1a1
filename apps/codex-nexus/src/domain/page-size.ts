import { MAX_RECORD_BYTES } from "@sigil/canon";
import type { LeafRow } from "./storage.ts";

/**
 * Ciphertexts of a page in bytes: any record fits twice, and an answer, which holds little beside them, stays far under the
 * 32 MiB that a caller reads.
 */
export const PAGE_BYTES: number = 2 * MAX_RECORD_BYTES;

/** How many of these rows fit into {@link PAGE_BYTES} together. */
export function fitting(rows: readonly Pick<LeafRow, "ct">[]): number {
  let bytes = 0;
  const over = rows.findIndex(({ ct }) => {
    bytes += ct.length;
    return bytes > PAGE_BYTES;
  });
  return over === -1 ? rows.length : over;
}
