import { SERVICE_AUTHORITY, SERVICE_PRINCIPAL } from "../authority.ts";
import type { Clock } from "../clock.ts";
import { draft } from "../records/drafts.ts";
import type { Store } from "../records/store.ts";
import { type RefusalTally, summaryPayload } from "./refusals.ts";

/** Lands one `refusal.summary` for what was counted since the last, at most one a minute. */
export class RefusalReporter {
  readonly #store: Store;
  readonly #tally: RefusalTally;
  readonly #now: Clock;
  #timer: NodeJS.Timeout | undefined;

  constructor(store: Store, tally: RefusalTally, now: Clock) {
    this.#store = store;
    this.#tally = tally;
    this.#now = now;
  }

  start(everyMs = 60_000): void {
    this.#timer = setInterval(() => void this.report(), everyMs);
    this.#timer.unref();
  }

  /** True when there was nothing to say or it landed; what did not land is said with the next summary. */
  async report(): Promise<boolean> {
    const now = this.#now();
    const counts = this.#tally.take(now);
    if (counts === undefined) return true;
    const summary = draft({
      kind: "refusal.summary",
      space: "system",
      stream: `refusals/${now.slice(0, 10)}`,
      loa: "Observer",
      author: { principal: SERVICE_PRINCIPAL, loa: "Root" },
      payload: summaryPayload(counts),
    });
    try {
      await this.#store.append(
        { records: [summary], idempotency: { principal: SERVICE_PRINCIPAL, key: summary.id } },
        SERVICE_AUTHORITY,
      );
      return true;
    } catch {
      this.#tally.restore(counts);
      return false;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.report();
  }
}
