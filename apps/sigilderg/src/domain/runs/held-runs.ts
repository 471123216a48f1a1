import type { CanonRecord } from "@sigil/canon";
import type { HeldRun, PayloadOf } from "@sigil/wire";

/** A held run that waits for a reviewer, and the leaf at which it began to. */
export interface WaitingRun extends HeldRun {
  readonly index: number;
}

/** The held runs that nobody has decided, in the order of the log. What is decided is forgotten here; its records stay. */
export class HeldRuns {
  readonly #waiting = new Map<string, WaitingRun>();

  /** Follows one record at its leaf; other kinds are ignored. */
  absorb({ kind, payload, loa, ts }: CanonRecord, index: number): void {
    if (kind === "run.reviewed") this.#waiting.delete(String(payload.run));
    if (kind !== "run.held") return;
    const { run, module: id, digest, writes, chain: _, licence: __, ...held } = payload as Held;
    const entry = { ...held, run, module: { id, digest }, writes: writes.length, loa, heldAt: ts, index };
    this.#waiting.set(run, entry);
  }

  /** The oldest first. */
  waiting(): Iterable<WaitingRun> {
    return this.#waiting.values();
  }

  get size(): number {
    return this.#waiting.size;
  }
}

type Held = PayloadOf<"run.held">;

export function reviewStream(run: string): string {
  return `review/${run}`;
}
