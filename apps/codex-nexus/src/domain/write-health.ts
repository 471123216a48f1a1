import { setTimeout as wait } from "node:timers/promises";

/** Why nothing can be written, since when, and how many batches were refused meanwhile. */
export interface Unwritable {
  readonly since: string;
  readonly detail: string;
  readonly refused: number;
}

/** How long after a failure writing is tried again. Long enough that a full disk is not worn by it, and short for whoever waits. */
const RETRY_MS = 1_000;

/**
 * Whether commits land. Red from the first that fails, green with the next that lands. Nobody may write to a store that says
 * that it cannot, so it tries by itself: a write of at least the size of what failed, which changes nothing.
 */
export class WriteHealth {
  readonly #attempt: (bytes: number) => Promise<void>;
  readonly #stop = new AbortController();
  #failure: { since: string; detail: string; refused: number; bytes: number } | undefined;
  #trying = false;

  /** `attempt` resolves when a write of so many bytes would be durable; it rejects otherwise. */
  constructor(attempt: (bytes: number) => Promise<void>) {
    this.#attempt = attempt;
  }

  get failure(): Unwritable | undefined {
    return this.#failure;
  }

  /** A batch whose ciphertexts have `bytes` together was refused, because committing it failed. */
  failed(error: unknown, bytes: number): void {
    const before = this.#failure;
    this.#failure = {
      since: before?.since ?? new Date().toISOString(),
      detail: detailOf(error),
      refused: (before?.refused ?? 0) + 1,
      bytes: Math.max(before?.bytes ?? 0, bytes),
    };
    if (!this.#trying) void this.#tryAgain();
  }

  /** A commit landed. */
  landed(): void {
    this.#failure = undefined;
  }

  stop(): void {
    this.#stop.abort();
  }

  async #tryAgain(): Promise<void> {
    const { signal } = this.#stop;
    this.#trying = true;
    for (;;) {
      await wait(RETRY_MS, undefined, { signal, ref: false }).catch(() => undefined);
      const failure = this.#failure;
      if (failure === undefined || signal.aborted) break;
      try {
        await this.#attempt(failure.bytes);
        // Not what has failed since: that is younger than this attempt.
        if (this.#failure === failure) this.landed();
      } catch (error) {
        if (this.#failure === failure) this.#failure = { ...failure, detail: detailOf(error) };
      }
    }
    this.#trying = false;
  }
}

/** A sentence of ours; what another's error says may hold anything. */
function detailOf(error: unknown): string {
  const own = error instanceof Error && "code" in error && "remedy" in error;
  return own
    ? `${error.message}. ${String(error.remedy)}`
    : "a batch could not be prepared. The log says why.";
}
