/** Allows `perMinute` denial records per principal and minute, so that a licence cannot be used to fill the disk. */
export class DenialCap {
  readonly #perMinute: number;
  readonly #capacity: number;
  #minute = -1;
  #seen = new Map<string, number>();

  /** @param options.capacity principals that are told apart within a minute; more share the answer "over" */
  constructor(options: { perMinute?: number; capacity?: number } = {}) {
    this.#perMinute = options.perMinute ?? 60;
    this.#capacity = options.capacity ?? 10_000;
  }

  /** True while a denial of `principal` may still be a record of its own. `now` in milliseconds. */
  take(principal: string, now: number): boolean {
    const minute = Math.floor(now / 60_000);
    if (minute !== this.#minute) {
      this.#minute = minute;
      this.#seen = new Map();
    }
    const count = this.#seen.get(principal) ?? 0;
    if (count >= this.#perMinute || (count === 0 && this.#seen.size >= this.#capacity)) return false;
    this.#seen.set(principal, count + 1);
    return true;
  }
}
