import { PROBLEMS, ProblemError } from "@sigil/wire";
import type { Authority } from "../authority.ts";
import type { AppendBatch, AppendResult, Store } from "../records/store.ts";

interface Waiting {
  readonly batch: AppendBatch;
  readonly authority: Authority;
  /** What lands if the store will never take the batch. */
  readonly instead: AppendBatch | undefined;
}

/** Whether the store has judged the batch itself, so that sending it again cannot help. */
function isFinal(error: unknown): boolean {
  if (!(error instanceof ProblemError) || PROBLEMS[error.code].status >= 500) return false;
  return error.code !== "stale-instance" && !error.code.startsWith("envelope-");
}

/**
 * What has happened and must be recorded, though the store did not take it at once. Each batch carries its own
 * idempotency key, so trying again never lands it twice. A batch that the store judges and refuses makes way for its
 * `instead`, so that nothing waits behind what can never land. Bounded: no run begins while as many
 * ends wait as runs may be open; after a restart the
 * decisions behind what was lost here get an `unknown` outcome.
 */
export class Unsettled {
  readonly #store: Store;
  readonly #landed: (batch: AppendBatch, result: AppendResult) => void;
  readonly #retryMs: number;
  readonly #waiting = new Set<Waiting>();
  #timer: NodeJS.Timeout | undefined;

  /** `landed` is told of each batch when it has, at once or later. */
  constructor(
    store: Store,
    {
      landed = () => {},
      retryMs = 1_000,
    }: { landed?: (batch: AppendBatch, result: AppendResult) => void; retryMs?: number } = {},
  ) {
    this.#store = store;
    this.#landed = landed;
    this.#retryMs = retryMs;
  }

  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Lands the batch, or keeps it (or `instead`, when the store refuses the batch for good) for later and rejects with
   * the store's refusal.
   */
  async land(batch: AppendBatch, authority: Authority, instead?: AppendBatch): Promise<AppendResult> {
    try {
      return await this.#append(batch, authority);
    } catch (error) {
      const waiting = { batch, authority, instead };
      this.#waiting.add(waiting);
      if (isFinal(error)) {
        this.#replace(waiting);
        await this.settle();
      }
      this.#arm();
      throw error;
    }
  }

  /** Keeps the batch for later without trying now: the store has just failed to answer for what it belongs to. */
  keep(batch: AppendBatch, authority: Authority, instead: AppendBatch): void {
    this.#waiting.add({ batch, authority, instead });
    this.#arm();
  }

  /** Tries everything that waits once more. */
  async settle(): Promise<void> {
    for (const waiting of this.#waiting) {
      try {
        await this.#append(waiting.batch, waiting.authority);
        this.#waiting.delete(waiting);
      } catch (error) {
        if (!isFinal(error)) return;
        this.#replace(waiting);
      }
    }
  }

  async #append(batch: AppendBatch, authority: Authority): Promise<AppendResult> {
    const result = await this.#store.append(batch, authority);
    this.#landed(batch, result);
    return result;
  }

  #replace(waiting: Waiting): void {
    this.#waiting.delete(waiting);
    const { instead, authority } = waiting;
    if (instead !== undefined) this.#waiting.add({ batch: instead, authority, instead: undefined });
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
