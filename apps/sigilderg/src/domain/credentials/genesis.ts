import type { CanonRecord, TrustFile } from "@sigil/canon";
import { recordHash } from "@sigil/canon";
import type { CapabilityEntry, SystemGenesis } from "@sigil/wire";
import type { RunLimits } from "@sigil/wire/module-package";
import { ControlPlaneError } from "../error.ts";

/** A module as it is registered; only its digest runs. */
export interface RegisteredModule {
  readonly id: string;
  readonly version: string;
  readonly digest: string;
  /** Thumbprint of the key that signed it. Without one it does not run. */
  readonly publisher?: string | undefined;
  /** What a run may use; the defaults where a registration does not say. */
  readonly limits?: RunLimits | undefined;
  readonly capabilities: readonly CapabilityEntry[];
}

/** What record 0 fixes for the life of this runtime. */
export interface Genesis {
  readonly runtimeId: string;
  /** Hash of record 0; licences may be bound to it as `canonFingerprint`. */
  readonly fingerprint: string;
  readonly mode: "solo" | "quorum";
}

/**
 * Reads record 0 and holds it against the pinned trust file.
 * @throws ControlPlaneError `genesis-mismatch` when the store is not the one that the trust file pins
 */
export function readGenesis(record: CanonRecord, trust: TrustFile): Genesis {
  const fingerprint = recordHash(record);
  const { runtimeId, mode } = record.payload as unknown as SystemGenesis;
  if (record.kind !== "system.genesis" || fingerprint !== trust.genesis || runtimeId !== trust.runtimeId) {
    throw new ControlPlaneError(
      "genesis-mismatch",
      `record 0 of the store is ${record.kind} ${fingerprint}, but trust.json pins ${trust.genesis}`,
      "The store belongs to another runtime: point codex_nexus.data_dir at the right one, or restore the trust.json that belongs to it.",
    );
  }
  return {
    runtimeId: trust.runtimeId,
    fingerprint,
    mode,
  };
}
