import type { CanonRecord, Json, TrustFile } from "@sigil/canon";
import { recordHash } from "@sigil/canon";
import { ServiceError } from "@sigil/service";

/** A module that genesis registered; only its digest runs. */
export interface RegisteredModule {
  readonly id: string;
  readonly version: string;
  readonly digest: string;
  readonly capabilities: readonly Json[];
}

/** What record 0 fixes for the life of this runtime. */
export interface Genesis {
  readonly runtimeId: string;
  /** Hash of record 0; licences may be bound to it as `canonFingerprint`. */
  readonly fingerprint: string;
  readonly mode: "solo" | "quorum";
  readonly modules: ReadonlyMap<string, RegisteredModule>;
}

/**
 * Reads record 0 and holds it against the pinned trust file.
 * @throws ServiceError `genesis-mismatch` when the store is not the one that the trust file pins
 */
export function readGenesis(record: CanonRecord, trust: TrustFile): Genesis {
  const fingerprint = recordHash(record);
  const { runtimeId, mode, modules } = record.payload;
  if (record.kind !== "system.genesis" || fingerprint !== trust.genesis || runtimeId !== trust.runtimeId) {
    throw new ServiceError(
      "genesis-mismatch",
      `record 0 of the store is ${record.kind} ${fingerprint}, but trust.json pins ${trust.genesis}; the store belongs to another runtime: point codex_nexus.data_dir at the right one, or restore the matching trust.json`,
    );
  }
  return {
    runtimeId: trust.runtimeId,
    fingerprint,
    mode: mode === "quorum" ? "quorum" : "solo",
    modules: new Map(registered(modules).map((module) => [module.id, module])),
  };
}

function registered(modules: Json | undefined): RegisteredModule[] {
  if (!Array.isArray(modules)) return [];
  return modules as unknown as RegisteredModule[];
}
