import type { CanonRecord } from "../record/frame.ts";
import type { Kind } from "../record/kinds.ts";

/** How many must have approved at least: so many, or a majority of the active witnesses, at least 2. */
export type Approvals = 1 | 2 | "majority";

type Field = "change" | "loa" | "state";
const MAJORITY = { least: "majority" } as const;

/**
 * The kinds that in quorum mode only a committed proposal writes, with the approvals that no table may ask less than: a
 * verifier has no table, and a store and a control plane that conspire cannot give it one. Where a field decides, only its
 * listed values are governed. `record.erased` is none: what it names is user content, and its owner erases it alone.
 */
const GOVERNED: {
  readonly [K in Kind]?:
    | { readonly least: Approvals }
    | { readonly by: Field; readonly least: Readonly<Record<string, Approvals>> };
} = {
  "witness.change": MAJORITY,
  "policy.change": MAJORITY,
  "trust-model.change": MAJORITY,
  "config.change": MAJORITY,
  "log.policy": MAJORITY,
  "issuer.change": MAJORITY,
  "client-key.change": MAJORITY,
  "publisher.change": MAJORITY,
  "module.change": { by: "change", least: { register: 2, revoke: 2, reinstate: "majority" } },
  "system.lockdown": { by: "state", least: { left: "majority" } },
  "license.issue": { by: "loa", least: { Mentor: 1, Root: 1 } },
};

/** The least approvals of a record by others than its proposer; undefined when it needs no proposal. */
export function leastApprovals({
  kind,
  payload,
}: Pick<CanonRecord, "kind" | "payload">): Approvals | undefined {
  const row = GOVERNED[kind];
  if (row === undefined || !("by" in row)) return row?.least;
  const value = payload[row.by];
  return typeof value === "string" && Object.hasOwn(row.least, value) ? row.least[value] : undefined;
}

/** Half of the active witnesses and one more, and at least 2. */
export function majorityOf(active: number): number {
  return Math.max(2, Math.floor(active / 2) + 1);
}

/** {@link Approvals} as a number, with so many active witnesses. */
export function approvalsOf(least: Approvals, active: number): number {
  return least === "majority" ? majorityOf(active) : least;
}
