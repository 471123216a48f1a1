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

  /** Blocks known so far. */
  get size(): number {
    return this.#seen.size;
  }

  /** Whether a block ran, or ran another order of magnitude of times, for the first time since the last question. */
  isNew(): boolean {
    let result: Profiler.ScriptCoverage[] = [];
    this.#session.post("Profiler.takePreciseCoverage", (error, taken) => {
      if (error) throw error;
      result = taken.result;
    });
    const before = this.#seen.size;
    for (const { url, functions } of result) {
      if (!url.includes("/packages/")) continue;
      for (const { ranges } of functions)
        for (const { startOffset, endOffset, count } of ranges)
          if (count > 0) this.#seen.add(`${url}:${startOffset}-${endOffset}×${Math.floor(Math.log2(count))}`);
    }
    return this.#seen.size > before;
  }
}
