/** Where a record lives: `system` records are written by the services only, never by a caller. */
export type Space = "user" | "system";

/** One row of the table of kinds. */
export interface KindRow {
  /** UTF-8 bytes of the canonical record. */
  readonly maxBytes: number;
  /** Whether its content may be destroyed; proofs outlive it. A system `canon.entry` is never erased. */
  readonly erasable: boolean;
  readonly spaces: readonly Space[];
  /** Whether in quorum mode a committed proposal writes it, or leads to one. */
  readonly governed?: true;
}

const KIB = 1024;
const SYSTEM = ["system"] as const;
const EITHER = ["user", "system"] as const;

const row = (kib: number, erasable: boolean, spaces: readonly Space[]): KindRow => {
  return { maxBytes: kib * KIB, erasable, spaces };
};
/** What the services write for good: 64 KiB at most. */
const SERVICE = row(64, false, SYSTEM);
const GOVERNED: KindRow = { ...SERVICE, governed: true };

/** Every kind of record there is. A run's log and a batch of decisions hold what up to 64 host calls gave, hence more than 64 KiB. */
export const KINDS = {
  "system.genesis": SERVICE,
  "canon.entry": row(64, true, EITHER),
  "license.issue": GOVERNED,
  "license.revoke": SERVICE,
  "memory.block": row(64, true, ["user"]),
  "run.input": row(1024, true, EITHER),
  "run.calls": row(4096, true, EITHER),
  "run.output": row(256, true, EITHER),
  "run.log": row(256, true, EITHER),
  "audit.event": row(64, false, EITHER),
  "chain.frozen": row(64, false, EITHER),
  decision: SERVICE,
  "decision.outcome": SERVICE,
  "decision.batch": row(256, false, SYSTEM),
  "refusal.summary": SERVICE,
  "log.policy": GOVERNED,
  "client-key.change": GOVERNED,
  "issuer.change": GOVERNED,
  "record.erased": SERVICE,
  "key.rotated": SERVICE,
  "system.epoch": SERVICE,
  "system.lockdown": GOVERNED,
  "quorum.entered": GOVERNED,
  "witness.change": GOVERNED,
  "proposal.created": SERVICE,
  "proposal.vote": SERVICE,
  "proposal.closed": GOVERNED,
  "policy.change": GOVERNED,
  "trust-model.change": GOVERNED,
  "config.change": GOVERNED,
  "module.change": GOVERNED,
  "publisher.change": GOVERNED,
  "module.violation": SERVICE,
  "module.suspended": SERVICE,
  "run.held": SERVICE,
  "run.reviewed": SERVICE,
  "legacy.record": row(1024, true, ["user"]),
} as const satisfies Record<string, KindRow>;

/** The most bytes that any kind allows. */
export const MAX_RECORD_BYTES: number = 4096 * KIB;

/** Whether the content of a record of this kind and space may be destroyed; false for a kind that is not known. */
export function isErasable(kind: string, space: string): boolean {
  if (!Object.hasOwn(KINDS, kind)) return false;
  return KINDS[kind as Kind].erasable && !(kind === "canon.entry" && space !== "user");
}

/** The name of a kind. */
export type Kind = keyof typeof KINDS;

/** The row of a kind. */
export function kindRow(kind: Kind): KindRow {
  return KINDS[kind];
}
