import type { Profiler } from "node:inspector";
import { Session } from "node:inspector";

/** Which blocks of our own source have run in this thread, by V8's precise block coverage. */
export class Coverage {
  readonly #session = new Session();
  readonly #seen = new Set<string>();

  constructor() {
    this.#session.connect();
    this.#session.post("Profiler.enable");
    this.#session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: true });
  }

  /** Blocks, and orders of magnitude of how often each ran, known so far. */
  get size(): number {
    return this.#seen.size;
  }

  /** Whether a block ran for the first time since this object was made; keeps nothing. */
  reachedMore(): boolean {
    return this.#take().some(({ block }) => !this.#seen.has(block));
  }

  /** Keeps what ran since the last question; whether a block ran, or ran another order of magnitude of times, for the first time. */
  keep(): boolean {
    const before = this.#seen.size;
    for (const { block, count } of this.#take()) {
      this.#seen.add(block);
      this.#seen.add(`${block}×${Math.floor(Math.log2(count))}`);
    }
    return this.#seen.size > before;
  }

  #take(): { block: string; count: number }[] {
    let result: Profiler.ScriptCoverage[] = [];
    this.#session.post("Profiler.takePreciseCoverage", (error, taken) => {
      if (error) throw error;
      result = taken.result;
    });
    return result
      .filter(({ url }) => url.includes("/packages/"))
      .flatMap(({ url, functions }) =>
        functions.flatMap(({ ranges }) =>
          ranges.map(({ startOffset, endOffset, count }) => ({
            block: `${url}:${startOffset}-${endOffset}`,
            count,
          })),
        ),
      )
      .filter(({ count }) => count > 0);
  }
}
