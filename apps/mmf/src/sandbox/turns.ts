import { MmfError } from "../domain/error.ts";

/** Places for work at the same time, and a bounded line of those who wait for one, in order. */
export class Turns {
  readonly #places: number;
  readonly #waiting: number;
  readonly #line: (() => void)[] = [];
  #busy = 0;

  constructor(places: number, waiting: number) {
    this.#places = places;
    this.#waiting = waiting;
  }

  get busy(): number {
    return this.#busy;
  }

  /**
   * True when a place was given; false when the caller left the line before.
   * @throws MmfError runner-queue-full
   */
  async take(signal?: AbortSignal): Promise<boolean> {
    if (signal?.aborted) return false;
    if (this.#busy < this.#places) {
      this.#busy++;
      return true;
    }
    if (this.#line.length >= this.#waiting) {
      throw new MmfError("runner-queue-full", `${this.#waiting} runs are waiting already; try again later`);
    }
    return await new Promise<boolean>((resolve) => {
      const leave = () => {
        this.#line.splice(this.#line.indexOf(enter), 1);
        resolve(false);
      };
      const enter = () => {
        signal?.removeEventListener("abort", leave);
        resolve(true);
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#line.push(enter);
    });
  }

  /** Gives the place to whoever waits longest; it is never free in between. */
  leave(): void {
    const next = this.#line.shift();
    if (next === undefined) this.#busy--;
    else next();
  }
}
