import type { ProofBundle } from "@sigil/canon";
import type { KnownLog } from "../../../apps/codex-nexus/src/domain/nexus.ts";

/** A running store as the hammer sees it, in this process or behind its service. */
export interface Target {
  /** Writes a request of new notes; answers their ids, the checkpoint and a proof that it extends `known`. */
  append(texts: readonly string[], known: KnownLog): Promise<Landed>;
  /** Proves records; the bundle is what a stranger would be handed. */
  prove(ids: readonly string[]): Promise<ProofBundle>;
  /** Resident bytes of the process that holds the store. */
  memory(): number;
}

export interface Landed {
  readonly ids: readonly string[];
  /** The signed note. */
  readonly checkpoint: string;
  readonly consistency: readonly Uint8Array[];
}
