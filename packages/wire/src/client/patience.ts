/** A deadline that can stand still: `signal` aborts when it ran out while it was running. Runs from the start. */
export class Patience {
  readonly #ms: number;
  readonly #controller = new AbortController();
  #timer: NodeJS.Timeout | undefined;

  constructor(ms: number) {
    this.#ms = ms;
    this.goOn();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  pause(): void {
    clearTimeout(this.#timer);
  }

  /** Runs again, for the whole time. */
  goOn(): void {
    this.pause();
    this.#timer = setTimeout(() => this.#controller.abort(), this.#ms);
    this.#timer.unref();
  }
}
