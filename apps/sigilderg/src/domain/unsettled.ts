import type { Authority } from "./authority.ts";
import type { AppendBatch, AppendResult, Store } from "./store.ts";

interface Waiting {
  readonly batch: AppendBatch;
  readonly authority: Authority;
}

/**
 * What has happened and must be recorded, though the store did not take it at once. Each batch carries its own
 * idempotency key, so trying again never lands it twice. Bounded by the number of open runs; after a restart the
 * decisions behind what was lost here get an `unknown` outcome.
 */
export class Unsettled {
  readonly #store: Store;
  readonly #retryMs: number;
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Store, retryMs = 1_000) {
    this.#store = store;
    this.#retryMs = retryMs;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** Lands the batch, or keeps it for later and rejects with the store's refusal. */
  async land(batch: AppendBatch, authority: Authority): Promise<AppendResult> {
    try {
      return await this.#store.append(batch, authority);
    } catch (error) {
      this.#waiting.add({ batch, authority });
      this.#arm();
      throw error;
    }
  }

  /** Tries everything that waits once more. */
  async settle(): Promise<void> {
    for (const waiting of this.#waiting) {
      try {
        await this.#store.append(waiting.batch, waiting.authority);
        this.#waiting.delete(waiting);
      } catch {
        return;
      }
    }
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    if (this.#timer !== undefined || this.#waiting.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.settle().then(() => this.#arm());
    }, this.#retryMs);
    this.#timer.unref();
  }
}
