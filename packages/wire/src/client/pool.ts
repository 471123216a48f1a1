import { WireError } from "../error.ts";
import type { Slot } from "./slot.ts";

/**
 * A fixed number of connections, lent one request at a time. Who finds none free waits in line until its signal
 * aborts, so a slow peer holds at most `connections` requests and the deadline of each waiting one still counts.
 */
export class SlotPool {
  readonly #free: Slot[] = [];
  readonly #all: readonly Slot[];
  readonly #waiting = new Set<(slot: Slot | undefined) => void>();
  #closing: Promise<void> | undefined;

  constructor(count: number, make: () => Slot) {
    this.#all = Array.from({ length: count }, make);
    // The last returned connection is the first one lent again: it is warm and most likely still open.
    this.#free.push(...this.#all);
  }

  async use<T>(signal: AbortSignal, work: (slot: Slot) => Promise<T>): Promise<T> {
    const slot = await this.take(signal);
    try {
      return await work(slot);
    } finally {
      this.give(slot);
    }
  }

  /** Lends a connection until it is given back. */
  async take(signal: AbortSignal): Promise<Slot> {
    if (this.#closing !== undefined) throw closed();
    signal.throwIfAborted();
    const slot = this.#free.pop();
    if (slot !== undefined) return slot;
    return await new Promise<Slot>((resolve, reject) => {
      const settle = (given: Slot | undefined): void => {
        this.#waiting.delete(settle);
        signal.removeEventListener("abort", abort);
        if (given === undefined) reject(closed());
        else resolve(given);
      };
      const abort = (): void => {
        this.#waiting.delete(settle);
        reject(signal.reason);
      };
      signal.addEventListener("abort", abort, { once: true });
      this.#waiting.add(settle);
    });
  }

  give(slot: Slot): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#free.push(slot);
    else next(slot);
  }

  /** Refuses new and waiting requests, lets running ones finish. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const settle of this.#waiting) settle(undefined);
    await Promise.all(this.#all.map((slot) => slot.close()));
  }
}

function closed(): WireError {
  return new WireError("client-closed", "the client is closed; the service is stopping");
}
