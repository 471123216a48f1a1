/** Where a record lives: `system` records are written by the services only, never by a caller. */
export type Space = "user" | "system";

/** One row of the table of kinds. */
export interface KindRow {
  /** UTF-8 bytes of the canonical record. */
  readonly maxBytes: number;
  /** Whether its content may be destroyed; proofs outlive it. A system `canon.entry` is never erased. */
  readonly erasable: boolean;
  readonly spaces: readonly Space[];
}

const KIB = 1024;
const MIB = 1024 * KIB;
const SYSTEM = ["system"] as const;
const EITHER = ["user", "system"] as const;

/** What the services write for good: 64 KiB at most. */
const SERVICE = { maxBytes: 64 * KIB, erasable: false, spaces: SYSTEM } as const;

/** Every kind of record there is. A run's log and a batch of decisions hold what up to 64 host calls gave, hence more than 64 KiB. */
export const KINDS = {
  "system.genesis": SERVICE,
  "canon.entry": { maxBytes: 64 * KIB, erasable: true, spaces: EITHER },
  "license.issue": SERVICE,
  "license.revoke": SERVICE,
  "memory.block": { maxBytes: 64 * KIB, erasable: true, spaces: ["user"] },
  "run.input": { maxBytes: MIB, erasable: true, spaces: EITHER },
  "run.calls": { maxBytes: 4 * MIB, erasable: true, spaces: EITHER },
  "run.output": { maxBytes: 256 * KIB, erasable: true, spaces: EITHER },
  "run.log": { maxBytes: 256 * KIB, erasable: true, spaces: EITHER },
  "audit.event": { maxBytes: 64 * KIB, erasable: false, spaces: EITHER },
  "chain.frozen": { maxBytes: 64 * KIB, erasable: false, spaces: EITHER },
  decision: SERVICE,
  "decision.outcome": SERVICE,
  "decision.batch": { maxBytes: 256 * KIB, erasable: false, spaces: SYSTEM },
  "refusal.summary": SERVICE,
  "log.policy": SERVICE,
  "client-key.change": SERVICE,
  "issuer.change": SERVICE,
  "record.erased": SERVICE,
  "key.rotated": SERVICE,
  "system.epoch": SERVICE,
  "system.lockdown": SERVICE,
  "quorum.entered": SERVICE,
  "witness.change": SERVICE,
  "proposal.created": SERVICE,
  "proposal.vote": SERVICE,
  "proposal.closed": SERVICE,
  "policy.change": SERVICE,
  "trust-model.change": SERVICE,
  "config.change": SERVICE,
  "module.change": SERVICE,
  "legacy.record": { maxBytes: MIB, erasable: true, spaces: ["user"] },
} as const satisfies Record<string, KindRow>;

/** The most bytes that any kind allows. */
export const MAX_RECORD_BYTES: number = 4 * MIB;

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
