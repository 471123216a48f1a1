/** Milliseconds since the epoch. */
export type Clock = () => number;

/** RFC 3339 in UTC with milliseconds. */
export function timestamp(ms: number): string {
  return new Date(ms).toISOString();
}

/** Times that never go back, whatever the machine's clock does: at least the last one given, and the last one stored. */
export class MonotonicClock {
  readonly #clock: Clock;
  #last: string;

  constructor(clock: Clock, last: string) {
    this.#clock = clock;
    this.#last = last;
  }

  /** The machine's own time, which may have gone back. */
  get wall(): number {
    return this.#clock();
  }

  /** Milliseconds of the machine's clock, or of the last time given where the clock has gone back behind it. */
  get present(): number {
    const last = Date.parse(this.#last);
    return Number.isNaN(last) ? this.wall : Math.max(this.wall, last);
  }

  next(): string {
    const now = timestamp(this.#clock());
    if (now > this.#last) this.#last = now;
    return this.#last;
  }
}
