/** Steps of the pressure. Finer ones tell nobody more, and no two decisions of a busy moment would have one ground. */
const STEPS = 64;

/**
 * Requests per principal over a sliding window, as a pressure in 0…1 for the trust model.
 *
 * Memory is bounded: at most `capacity` principals are remembered, the least recently seen is forgotten first. A
 * forgotten principal starts from zero, which only an attacker with more than `capacity` licences could provoke.
 */
export class RequestRates {
  readonly #windowMs: number;
  readonly #full: number;
  readonly #capacity: number;
  readonly #seen = new Map<string, { start: number; current: number; previous: number }>();

  /** @param full requests per window at which the pressure is 1 */
  constructor(options: { windowMs?: number; full?: number; capacity?: number } = {}) {
    this.#windowMs = options.windowMs ?? 60_000;
    this.#full = options.full ?? 6_000;
    this.#capacity = options.capacity ?? 10_000;
  }

  /** Counts one request at `now` (milliseconds) and returns the pressure before it, in steps of 1/64. */
  observe(principal: string, now: number): number {
    const entry = this.#advance(principal, now);
    const share = Math.max(0, 1 - (now - entry.start) / this.#windowMs);
    const requests = entry.current + entry.previous * share;
    entry.current += 1;
    return Math.floor(Math.min(1, requests / this.#full) * STEPS) / STEPS;
  }

  get size(): number {
    return this.#seen.size;
  }

  #advance(principal: string, now: number): { start: number; current: number; previous: number } {
    const known = this.#seen.get(principal);
    const entry = known ?? { start: now, current: 0, previous: 0 };
    const windows = Math.floor((now - entry.start) / this.#windowMs);
    if (windows >= 1) {
      entry.previous = windows === 1 ? entry.current : 0;
      entry.current = 0;
      entry.start += windows * this.#windowMs;
    }
    // Re-insertion keeps the map in order of last use.
    this.#seen.delete(principal);
    this.#seen.set(principal, entry);
    if (this.#seen.size > this.#capacity) {
      const oldest = this.#seen.keys().next();
      if (!oldest.done) this.#seen.delete(oldest.value);
    }
    return entry;
  }
}
