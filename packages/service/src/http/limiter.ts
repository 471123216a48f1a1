/** What a limiter says to one request, as `RateLimit` and `RateLimit-Policy` tell it (draft-ietf-httpapi-ratelimit-headers). */
export interface Taken {
  /** Name of the policy, its requests and its window in seconds. */
  readonly policy: string;
  readonly quota: number;
  readonly window: number;
  readonly allowed: boolean;
  readonly remaining: number;
  /** Seconds until the whole quota is there again; for one that was not allowed, until the next would be. */
  readonly seconds: number;
}

/**
 * At most `quota` requests of one key in a window, evenly refilled (GCRA): one number per key.
 *
 * Memory is bounded whatever the keys: two generations, of which the older is dropped once a window has passed, when
 * everything in it is over; and at most `capacity` keys in each. Keys beyond share one allowance, so that a flood of
 * names neither grows anything nor makes anybody's count forgotten. There is no timer.
 */
export class Limiter {
  readonly #policy: string;
  #quota: number;
  readonly #windowMs: number;
  readonly #capacity: number;
  /** When a key's allowance is whole again, milliseconds. */
  #present = new Map<string, number>();
  #past = new Map<string, number>();
  #turnsAt = Number.NEGATIVE_INFINITY;

  constructor(options: { policy: string; quota: number; windowMs?: number; capacity?: number }) {
    this.#policy = options.policy;
    this.#quota = options.quota;
    this.#windowMs = options.windowMs ?? 60_000;
    this.#capacity = options.capacity ?? 20_000;
  }

  /** Holds for requests from now on; what was counted stays counted. */
  set quota(quota: number) {
    this.#quota = quota;
  }

  /** Counts one request at `now` (milliseconds); one that is not allowed costs nothing. */
  take(name: string, now: number): Taken {
    this.#turn(now);
    const key = this.#keyOf(name);
    const step = this.#windowMs / this.#quota;
    const whole = Math.max(now, this.#present.get(key) ?? this.#past.get(key) ?? now) + step;
    const wait = whole - this.#windowMs - now;
    const allowed = wait <= 1e-6;
    if (allowed) this.#present.set(key, whole);
    return {
      policy: this.#policy,
      quota: this.#quota,
      window: this.#windowMs / 1000,
      allowed,
      remaining: allowed ? Math.floor((this.#windowMs - (whole - now)) / step + 1e-6) : 0,
      seconds: Math.max(1, Math.ceil((allowed ? whole - now : wait) / 1000)),
    };
  }

  /** Keys that are remembered. */
  get size(): number {
    return this.#present.size + this.#past.size;
  }

  #turn(now: number): void {
    if (now < this.#turnsAt) return;
    // After a window without a request everything is over, in both.
    this.#past = now < this.#turnsAt + this.#windowMs ? this.#present : new Map();
    this.#present = new Map();
    this.#turnsAt = now + this.#windowMs;
  }

  #keyOf(name: string): string {
    const known = this.#present.has(name) || this.#present.size < this.#capacity;
    // No name is empty: this is the one that the rest shares.
    return known ? name : "";
  }
}
