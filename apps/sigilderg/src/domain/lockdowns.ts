import type { SigningKey } from "@sigil/crypto";
import { ProblemError, type ResponseOf } from "@sigil/wire";
import { authorityOf } from "./admitted.ts";
import type { Clock } from "./clock.ts";
import type { MadeDecision } from "./decisions.ts";
import { draft } from "./drafts.ts";
import type { OpenRuns } from "./open-runs.ts";
import type { Projection } from "./projection.ts";
import type { Store } from "./store.ts";
import { authorOf, decidedWrite, orFailed } from "./transaction.ts";

export interface LockdownParts {
  readonly store: Store;
  readonly projection: Projection;
  readonly open: OpenRuns;
  readonly key: SigningKey;
  readonly now: Clock;
}

/** Enters and leaves lockdown, one change at a time. */
export class Lockdowns {
  readonly #parts: LockdownParts;
  #last: Promise<unknown> = Promise.resolve();

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
    const next = this.#last.then(() => orFailed(this.#parts, made, () => this.#record(made, change)));
    this.#last = next.catch(() => undefined);
    return next;
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
    const record = draft({
      kind: "system.lockdown",
      space: "system",
      stream: "system/lockdown",
      loa: "Observer",
      author: { ...authorOf(made), decision: made.id },
      payload: { ...change, mode: made.facts.mode },
    });
    const { records } = await store.append(
      { records: decidedWrite(made, [record], key, now) },
      authorityOf(made),
    );
    const placed = records.find(({ id }) => id === record.id);
    const { seq, ts, index } = placed ?? { seq: 0, ts: now(), index: Number.MAX_SAFE_INTEGER };
    projection.absorb({ ...record, v: 1, seq, prev: null, ts }, index);
    if (change.state === "entered") open.endAll();
    return { id: record.id, decision: decisionId };
  }
}
