import { once } from "node:events";
import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import { Worker } from "node:worker_threads";
import type { Secret } from "@sigil/crypto";
import type { PinnedKeys } from "../domain/verify/keys.ts";
import { type RangeAnswer, type RangeWork, takeRange } from "../domain/verify/range-work.ts";
import {
  RANGE_LEVEL,
  type RangeJob,
  type Ranges,
  type RangeVerdict,
  rangesOf,
} from "../domain/verify/ranges.ts";

/** Below these a thread starts for longer than it helps. */
const LEAST = { keyed: 1024, keyless: 16_384 } as const;
/** Each thread has a page cache of 64 MB. */
const MOST_THREADS = 7;

export interface ThreadOptions {
  /** The program of a thread: verify-worker.ts, or its bundle. */
  readonly program: URL;
  readonly file: string;
  readonly origin: string;
  readonly pinned: PinnedKeys;
  readonly root: Secret | undefined;
  /** Threads beside this one; by default one for each further core, and none for a small store. */
  readonly threads?: number | undefined;
  /** Of the ranges; 1024 leaves each unless another is given. */
  readonly level?: number | undefined;
}

/**
 * Ranges on this thread and on others beside it, each taking the next one that is free. A thread that fails to start or
 * ends early costs time only: what it took and did not answer is examined here.
 */
export class ThreadedRanges implements Ranges {
  readonly level: number;
  readonly #options: ThreadOptions;
  readonly #next = new Int32Array(new SharedArrayBuffer(4));
  readonly #answers = new Map<number, RangeVerdict>();
  readonly #threads = new Set<Worker>();
  #job: RangeJob | undefined;

  constructor(options: ThreadOptions) {
    this.#options = options;
    this.level = options.level ?? RANGE_LEVEL;
  }

  start(job: RangeJob): void {
    this.#job = job;
    const { file, origin, pinned, program, root: secret } = this.#options;
    const { span, shared, keyed } = job;
    Atomics.store(this.#next, 0, rangesOf(span).first);
    for (let count = this.#count(job); count > 0; count -= 1) {
      const root = keyed ? secret?.reveal() : undefined;
      const workerData: RangeWork = { file, origin, pinned, root, span, shared, next: this.#next };
      const thread = new Worker(program, { workerData });
      root?.fill(0);
      this.#threads.add(thread);
      thread.on("message", ({ range, verdict }: RangeAnswer) => this.#answers.set(range, verdict));
      // Its exit follows, and then its ranges are examined here, where an error has a name.
      thread.on("error", () => undefined);
      thread.once("exit", () => this.#threads.delete(thread));
    }
  }

  async *verdicts(): AsyncGenerator<RangeVerdict> {
    if (this.#job === undefined) return;
    const { here, span } = this.#job;
    const { first, end } = rangesOf(span);
    for (let range = first; range < end; ) {
      const verdict = this.#answers.get(range);
      if (verdict !== undefined) {
        this.#answers.delete(range);
        range += 1;
        yield verdict;
        continue;
      }
      const mine = takeRange(this.#next, end) ?? (this.#threads.size === 0 ? range : undefined);
      if (mine !== undefined) this.#answers.set(mine, await here.examine(mine));
      else await this.#heard();
      // Answers of the others arrive between two turns of this one.
      await setImmediate();
    }
  }

  async stop(): Promise<void> {
    this.#job = undefined;
    await Promise.all([...this.#threads].map((thread) => thread.terminate()));
  }

  #count({ span, keyed }: RangeJob): number {
    const { threads } = this.#options;
    if (threads !== undefined) return threads;
    if (span.size - span.prefix.size < LEAST[keyed ? "keyed" : "keyless"]) return 0;
    const { first, end } = rangesOf(span);
    return Math.min(MOST_THREADS, availableParallelism() - 1, end - first - 1);
  }

  /** The next word of any thread, or its end. */
  async #heard(): Promise<void> {
    const heard = new AbortController();
    const { signal } = heard;
    const words = [...this.#threads].flatMap((thread) => [
      once(thread, "message", { signal }),
      once(thread, "exit", { signal }),
    ]);
    try {
      await Promise.race(words);
    } finally {
      heard.abort();
      await Promise.allSettled(words);
    }
  }
}
