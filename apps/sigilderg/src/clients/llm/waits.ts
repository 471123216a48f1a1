import { ProblemError } from "@sigil/wire";

/** The waits on an endpoint: one for whatever is next, one for everything. `signal` is raised with the problem as its reason. */
export class Waits {
  readonly #controller = new AbortController();
  readonly #whole: NodeJS.Timeout;
  readonly #ends: number;
  #next: NodeJS.Timeout | undefined;

  /** @param wholeMs for all attempts together */
  constructor(wholeMs: number) {
    this.#ends = performance.now() + wholeMs;
    this.#whole = this.#after(wholeMs, `no whole answer within ${wholeMs} ms (whole_ms)`);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Milliseconds until everything has to be over. */
  get left(): number {
    return this.#ends - performance.now();
  }

  /** From now on, `what` has to come within `ms`; it replaces what was waited for before. */
  next(ms: number, what: string): void {
    clearTimeout(this.#next);
    this.#next = this.#after(ms, `${what} within ${ms} ms`);
  }

  /** Nothing in particular is waited for. */
  calm(): void {
    clearTimeout(this.#next);
  }

  end(): void {
    clearTimeout(this.#next);
    clearTimeout(this.#whole);
  }

  #after(ms: number, what: string): NodeJS.Timeout {
    return setTimeout(() => this.#controller.abort(new ProblemError("llm-timeout", what)), ms);
  }
}
