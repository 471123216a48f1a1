import type { CanonRecord } from "@sigil/canon";

const PRIVATE_TO_AUTHOR: ReadonlySet<string> = new Set(["run.input", "run.output", "run.calls", "run.log"]);

/**
 * Whether `principal` may know that this record exists, beside its level. The texts of a run belong to the run's
 * principal; a memory block belongs to its principal unless it was written as shared.
 */
export function mayKnow(
  record: Pick<CanonRecord, "kind" | "author" | "payload">,
  principal: string,
): boolean {
  if (record.author.principal === principal) return true;
  if (PRIVATE_TO_AUTHOR.has(record.kind)) return false;
  return record.kind !== "memory.block" || record.payload.visibility === "shared";
}
