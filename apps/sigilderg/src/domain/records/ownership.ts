import type { CanonRecord } from "@sigil/canon";

const PRIVATE_TO_AUTHOR: ReadonlySet<string> = new Set(["run.input", "run.output", "run.calls", "run.log"]);

/** What decides whether a record may be known of. */
export interface Ownership {
  readonly kind: string;
  readonly principal: string;
  readonly shared: boolean;
}

export function ownershipOf({
  kind,
  author,
  payload,
}: Pick<CanonRecord, "kind" | "author" | "payload">): Ownership {
  return { kind, principal: author.principal, shared: payload.visibility === "shared" };
}

/**
 * Whether `principal` may know that this record exists, beside its level. The texts of a run belong to the run's
 * principal; a memory block belongs to its principal unless it was written as shared.
 */
export function mayKnowOwned({ kind, principal: owner, shared }: Ownership, principal: string): boolean {
  if (owner === principal) return true;
  if (PRIVATE_TO_AUTHOR.has(kind)) return false;
  return kind !== "memory.block" || shared;
}

/** The same of a record that is at hand. */
export function mayKnow(
  record: Pick<CanonRecord, "kind" | "author" | "payload">,
  principal: string,
): boolean {
  return mayKnowOwned(ownershipOf(record), principal);
}
