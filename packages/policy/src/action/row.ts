import type { Loa } from "@sigil/canon/portable";

/** A service that may use rows which no licence opens. */
export type ServiceCaller = "sigilderg" | "mmf";

/** What is kept of an allowed use: nothing, a counter, a line of a batch, a record of its own, or part of its run's records. */
export type Recorded = "none" | "metrics" | "batched" | "durable" | "with-run";

/**
 * Who must agree in quorum mode, beside the caller: nobody; k attestations; a majority of the active witnesses, at
 * least 2; what the stored proposal was created with; nobody, because only the local operator can do it.
 */
export type Quorum = "none" | 1 | 2 | "majority" | "proposal" | "local";

/**
 * What of an action goes on in lockdown: `open`, everything; `leaves`, everything, and so does its proposal; `proposal`, only
 * the life of a proposal for an action that `leaves`. Without one of them lockdown stops the action.
 */
export type InLockdown = "open" | "leaves" | "proposal";

/** One action and everything that is decided about it. */
export interface ActionRow {
  /** `object.verb`, unique. */
  readonly action: string;
  /** The least level; `none` needs no licence; `service` is open to one service's key and to no licence. */
  readonly least: Loa | "none" | "service";
  /** The one service that may, where `least` is `service`. */
  readonly by?: ServiceCaller;
  /** The least trust score, 0…1; null where trust is not asked. */
  readonly trust: number | null;
  /** How much harm a wrongful use does, 0…1: a feature of the trust model. */
  readonly risk: number;
  readonly recorded: Recorded;
  readonly quorum: Quorum;
  /** The quorum holds only where the level that is given away is at least this one. */
  readonly quorumFrom?: Loa;
  /** The caller must also be an active registered witness. */
  readonly witness?: true;
  /** What goes on in lockdown; absent: nothing. */
  readonly lockdown?: InLockdown;
  /** For the reader; decides nothing. */
  readonly note?: string;
}
