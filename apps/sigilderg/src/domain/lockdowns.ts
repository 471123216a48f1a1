import type { SigningKey } from "@sigil/crypto";
import { ProblemError, type ResponseOf } from "@sigil/wire";
import type { Clock } from "./clock.ts";
import type { MadeDecision } from "./decisions/decisions.ts";
import { landFollowed, writeDraft } from "./governed/alone.ts";
import type { Projection } from "./records/projection.ts";
import type { Store } from "./records/store.ts";
import { decidedWrite, orFailed } from "./records/transaction.ts";
import type { OpenRuns } from "./runs/open-runs.ts";
import type { Turns } from "./turns.ts";

export interface LockdownParts {
  readonly store: Store;
  readonly projection: Projection;
  readonly open: OpenRuns;
  readonly key: SigningKey;
  readonly now: Clock;
  readonly turns: Turns;
}

/** Enters and leaves lockdown, one change at a time. */
export class Lockdowns {
  readonly #parts: LockdownParts;

  constructor(parts: LockdownParts) {
    this.#parts = parts;
  }

  /**
   * Records the lockdown and ends every run's grant.
   * @throws ProblemError `locked-down` when another caller was first
   */
  enter(made: MadeDecision, reason: string): Promise<ResponseOf<"sigilderg POST /v1/lockdown">> {
    return this.#change(made, { state: "entered", reason });
  }

  /** @throws ProblemError `lockdown-absent` when there is none, or another caller was first */
  leave(made: MadeDecision, reason: string): Promise<ResponseOf<"sigilderg POST /v1/lockdown/end">> {
    return this.#change(made, { state: "left", reason });
  }

  #change(made: MadeDecision, change: { state: "entered" | "left"; reason: string }) {
    return this.#parts.turns.take(() => orFailed(this.#parts, made, () => this.#record(made, change)));
  }

  async #record(made: MadeDecision, change: { state: "entered" | "left"; reason: string }) {
    const { store, projection, open, key, now } = this.#parts;
    const { inForce } = projection.lockdown;
    const decisionId = made.id;
    if (change.state === "entered" && inForce !== undefined) {
      throw new ProblemError("locked-down", `in lockdown since ${inForce.since} already`, { decisionId });
    }
    if (change.state === "left" && inForce === undefined) {
      throw new ProblemError("lockdown-absent", "there is no lockdown to leave", { decisionId });
    }
    const record = writeDraft(
      {
        kind: "system.lockdown",
        stream: "system/lockdown",
        loa: "Observer",
        content: { ...change, mode: made.facts.mode },
      },
      made,
    );
    await landFollowed({ store, projection }, { records: decidedWrite(made, [record], key, now) }, made);
    if (change.state === "entered") open.endAll();
    return { id: record.id, decision: decisionId };
  }
}
