import { canonicalize, type Json } from "@sigil/canon";
import { answerText, askedFor, type RecordedCall } from "./host-calls.ts";
import type { CallOutcome } from "./sandbox.ts";

/** A call as `run.calls` holds it, read from the wire. */
export type CallRecord = Pick<RecordedCall, "seq" | "method" | "args"> & {
  [field in "result" | "error"]?: RecordedCall[field] | undefined;
};

/** Where a replay left its record. `call` is the position of the host call. */
export interface Divergence {
  call: number;
  detail: string;
}

const MAX_CANONICAL = { maxBytes: 8 * 1024 * 1024 };

/**
 * Answers the host calls of a run from the record of an earlier one: the same answer to the same question, in the order in
 * which the module was given them, and nothing to any other. What differs is kept as the first divergence.
 */
export class RecordedCalls {
  /** The first call that is not the recorded one. */
  divergence: Divergence | undefined;
  readonly #recorded: ReadonlyMap<number, CallRecord>;
  /** What is to be answered next: the calls in the order of their answers. */
  readonly #order: readonly number[];
  readonly #argumentBytes: number;
  /** Whether a call that is not in the record was left without an answer, because the recorded run ended before. */
  readonly #unanswered: boolean;
  readonly #asked = new Map<number, (outcome: CallOutcome) => void>();
  #answered = 0;
  readonly #diverged: () => void;

  /** `diverged` is called once, when a call is not the recorded one: the run is worth nothing from there on. */
  constructor(
    recorded: readonly CallRecord[],
    options: { argumentBytes: number; unanswered: boolean; diverged: () => void },
  ) {
    this.#recorded = new Map(recorded.map((call) => [call.seq, call]));
    this.#order = recorded.map(({ seq }) => seq);
    this.#argumentBytes = options.argumentBytes;
    this.#unanswered = options.unanswered;
    this.#diverged = options.diverged;
  }

  /** Answers a call of the guest when its turn has come; one that diverges is never answered. */
  call(seq: number, method: string, text: string): Promise<CallOutcome> {
    const asked = askedFor(method, text, this.#argumentBytes);
    const recorded = this.#recorded.get(seq);
    if (recorded === undefined) {
      if (!this.#unanswered) this.#diverge(seq, `asks ${asked.method}, and no such call was recorded`);
    } else if (recorded.method !== asked.method) {
      this.#diverge(seq, `asks ${asked.method} where ${recorded.method} was recorded`);
    } else if (!sameJson(recorded.args, asked.args)) {
      this.#diverge(seq, `asks ${asked.method} with other arguments than were recorded`);
    }
    return new Promise((resolve) => {
      if (recorded === undefined || this.divergence !== undefined) return;
      this.#asked.set(seq, resolve);
      // Later, so that whoever asked listens: an answer that is ready at once must not be heard after the one behind it.
      queueMicrotask(() => this.#answer());
    });
  }

  /** Notes, when the run has ended by itself, the first recorded call that was not made again. */
  ended(): void {
    const missing = [...this.#recorded.keys()].filter((seq) => !this.#made(seq)).toSorted((a, b) => a - b)[0];
    if (missing === undefined) return;
    this.divergence ??= { call: missing, detail: "was recorded, and is not asked again" };
  }

  #made(seq: number): boolean {
    return this.#asked.has(seq) || this.#order.indexOf(seq) < this.#answered;
  }

  /** Answers whatever is next in the recorded order and has been asked. */
  #answer(): void {
    for (;;) {
      const seq = this.#order[this.#answered];
      const resolve = seq === undefined ? undefined : this.#asked.get(seq);
      const recorded = seq === undefined ? undefined : this.#recorded.get(seq);
      if (seq === undefined || resolve === undefined || recorded === undefined) return;
      this.#asked.delete(seq);
      this.#answered += 1;
      resolve(this.#outcome(recorded));
    }
  }

  #outcome({ result, error }: CallRecord): CallOutcome {
    if (error !== undefined) return { ok: false, code: error.code, message: error.detail };
    return { ok: true, result: answerText(result ?? null) };
  }

  #diverge(call: number, detail: string): void {
    if (this.divergence !== undefined) return;
    this.divergence = { call, detail };
    this.#diverged();
  }
}

function sameJson(a: Json, b: Json): boolean {
  return canonicalize(a, MAX_CANONICAL) === canonicalize(b, MAX_CANONICAL);
}
