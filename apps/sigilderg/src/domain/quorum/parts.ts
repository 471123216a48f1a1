import type { RecordDraft } from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import { lockedDown, type ProposalState } from "@sigil/policy";
import { ProblemError } from "@sigil/wire";
import type { Clock } from "../clock.ts";
import type { MadeDecision } from "../decisions/decisions.ts";
import { landFollowed } from "../governed/alone.ts";
import type { Projection } from "../records/projection.ts";
import type { AppendBatch, PlacedRecord, Store } from "../records/store.ts";
import { decidedWrite } from "../records/transaction.ts";
import type { ModuleHost } from "../runs/module-host.ts";
import type { Turns } from "../turns.ts";
import type { Placed } from "./placed.ts";
import type { KeptProposal } from "./proposal-register.ts";

/** What a request is about, as far as it is known. */
export type About = Pick<ProposalEvent, "proposal" | "action">;

/** What happened to a proposal, for whoever watches. `seconds` is how long it took from its creation on. */
export interface ProposalEvent {
  readonly type:
    | "entered"
    | "created"
    | "voted"
    | "approved"
    | "rejected"
    | "withdrawn"
    | "committed"
    | "refused";
  readonly proposal?: string;
  readonly action?: string;
  readonly code?: string;
  readonly seconds?: number;
}

/** What the life of proposals needs of the control plane. */
export interface QuorumParts {
  readonly store: Store;
  readonly projection: Projection;
  readonly host: Pick<ModuleHost, "list" | "manifest">;
  readonly key: SigningKey;
  readonly now: Clock;
  readonly turns: Turns;
  readonly watched: (event: ProposalEvent) => void;
}

/** @throws ProblemError `not-found` */
export function requireProposal({ projection }: Pick<QuorumParts, "projection">, id: string): KeptProposal {
  const found = projection.governance.proposals.get(id);
  if (found === undefined) throw new ProblemError("not-found", `there is no proposal ${id}`);
  return found;
}

/**
 * In lockdown only what leads out of it goes on, which is known once the body or the proposal is.
 * @throws ProblemError `locked-down`
 */
export function requireLeadsOut(
  { projection }: Pick<QuorumParts, "projection">,
  { body, policy: { rows } }: MadeDecision,
  proposed: string,
): void {
  const row = rows.get(body.action);
  const lockdown = projection.lockdown.inForce !== undefined;
  if (row !== undefined && !lockedDown(row, { lockdown, proposed }, rows)) return;
  throw new ProblemError("locked-down", `a proposal of ${proposed} does not lead out of lockdown, and waits`);
}

/** Work in a turn of its own, on records that are known; what it refuses is counted. */
export function inTurn<T>(parts: QuorumParts, about: About, work: () => Promise<T>): Promise<T> {
  return parts.turns.take(async () => {
    try {
      await parts.projection.settled(parts.store);
      return await work();
    } catch (error) {
      if (error instanceof ProblemError) refused(parts, about, error.code);
      throw error;
    }
  });
}

/** Names the action too where the records know the proposal. */
function refused({ projection, watched }: QuorumParts, about: About, code: string): void {
  const { proposal } = about;
  const kept = proposal === undefined ? undefined : projection.governance.proposals.get(proposal);
  watched({ type: "refused", ...(kept && { action: kept.proposal.action }), ...about, code });
}

/**
 * Lands what happens to a proposal, between its decision and its outcome, where the store's clock and the tips of its streams
 * still are as they were asked.
 * @throws ProblemError `proposal-expired`, `proposal-stale`
 */
export async function landOn(
  parts: QuorumParts,
  made: MadeDecision,
  effects: readonly RecordDraft[],
  require: NonNullable<AppendBatch["require"]>,
  expiresAt: string,
): Promise<readonly PlacedRecord[]> {
  const batch = { records: decidedWrite(made, effects, parts.key, parts.now), require };
  try {
    return await landFollowed(parts, batch, made);
  } catch (error) {
    throw landingProblem(error, expiresAt);
  }
}

/** What the store refuses of a proposal's write, as a fact about the proposal. */
function landingProblem(error: unknown, expiresAt: string): unknown {
  if (!(error instanceof ProblemError)) return error;
  if (error.code === "too-late")
    return new ProblemError("proposal-expired", `the proposal's time was over at ${expiresAt}`, {
      cause: error,
    });
  if (error.code === "prev-not-tip")
    return new ProblemError("proposal-stale", "what it goes on from is the last record no longer", {
      cause: error,
    });
  return error;
}

export function placedOf(places: readonly PlacedRecord[], id: string): Placed {
  const { hash, index } = places.find((place) => place.id === id) as PlacedRecord;
  return { id, hash, index };
}

/** A state as answers carry it. */
export function standing({ state, have, need, missing }: ProposalState) {
  return { state, have, need, missing: [...missing] };
}
