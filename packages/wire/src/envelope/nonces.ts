import { WireError } from "../error.ts";

/** Width of one bucket in milliseconds: how much longer than necessary a nonce may be remembered. */
const BUCKET = 10_000;

/**
 * The nonces of accepted envelopes until none of them could be accepted again. Memory is bounded by `limit`
 * entries, and only authenticated callers can add one. Whole buckets are dropped as time passes, so the cost of
 * a request does not grow with the window.
 */
export class NonceWindow {
  readonly #buckets = new Map<number, Set<string>>();
  readonly #limit: number;
  #size = 0;

  constructor(limit = 524_288) {
    this.#limit = limit;
  }

  /** Nonces that are held now. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes a nonce that stays dangerous until `until` (milliseconds). Throws `envelope-replayed` when it was taken
   * before, `nonce-window-full` when the bound is reached: the caller is refused, nothing is forgotten early.
   */
  consume(kid: string, nonce: string, until: number, now: number): void {
    const current = Math.floor(now / BUCKET);
    for (const [bucket, held] of this.#buckets) {
      if (bucket < current) {
        this.#size -= held.size;
        this.#buckets.delete(bucket);
      }
    }
    const entry = `${kid}.${nonce}`;
    for (const held of this.#buckets.values()) {
      if (held.has(entry))
        throw new WireError(
          "envelope-replayed",
          "the nonce of this envelope was used before; draw a new one",
        );
    }
    if (this.#size >= this.#limit) {
      throw new WireError(
        "nonce-window-full",
        `${this.#limit} requests are remembered, which is the limit; retry in a few seconds`,
      );
    }
    const key = Math.floor(until / BUCKET);
    const held = this.#buckets.get(key);
    if (held === undefined) this.#buckets.set(key, new Set([entry]));
    else held.add(entry);
    this.#size += 1;
  }
}
