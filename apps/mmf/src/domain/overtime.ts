/** What a run may spend in waits that do not count as its wall time, all together. Milliseconds. */
const MAX_OVERTIME_MS = 60_000;

/** The time that passes while at least one such wait is open: a language model answers in its own time, not in the module's. */
export class Overtime {
  readonly #clock: () => number;
  #open = 0;
  #since = 0;
  #spent = 0;

  /** @param clock milliseconds from any moment on */
  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  /** Milliseconds so far, at most a minute. */
  get ms(): number {
    const running = this.#open > 0 ? this.#clock() - this.#since : 0;
    return Math.min(MAX_OVERTIME_MS, this.#spent + running);
  }

  async while<T>(wait: Promise<T>): Promise<T> {
    if (this.#open++ === 0) this.#since = this.#clock();
    try {
      return await wait;
    } finally {
      if (--this.#open === 0) this.#spent += this.#clock() - this.#since;
    }
  }
}
