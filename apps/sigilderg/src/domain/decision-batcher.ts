import type { RecordDraft } from "@sigil/canon";
import { ProblemError } from "@sigil/wire";
import type { DecisionBody } from "./decisions.ts";

export interface BatcherOptions {
  /** Signs a batch into a draft. */
  readonly compose: (decisions: readonly DecisionBody[]) => RecordDraft;
  /** Lands one draft; idempotent by the draft's id. */
  readonly land: (draft: RecordDraft) => Promise<void>;
  /** Told which record holds which decisions, once it has landed. */
  readonly landed?: (draft: RecordDraft, decisions: readonly DecisionBody[]) => void;
  readonly failed?: (error: unknown) => void;
  /** A decision waits at most this long before its batch is sent. */
  readonly delayMs?: number;
  /** Decisions that may wait, in flight included. */
  readonly limit?: number;
  /** Size of the JSON of one batch; the kind's own limit less the frame. */
  readonly batchBytes?: number;
}

interface Waiting {
  readonly body: DecisionBody;
  readonly bytes: number;
}

/**
 * Collects decisions that the table marks `batched` and lands them within a second as one signed record.
 *
 * Fails closed: while the queue is full, or while the last attempt to land failed, `add` refuses with
 * `audit-unavailable`, so that nothing is allowed that cannot be recorded. It keeps trying and heals by itself.
 */
export class DecisionBatcher {
  readonly #options: Required<Omit<BatcherOptions, "landed" | "failed">> &
    Pick<BatcherOptions, "landed" | "failed">;
  #waiting: Waiting[] = [];
  #sending: { draft: RecordDraft; decisions: readonly DecisionBody[] } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #active: Promise<void> | undefined;
  #failing = false;
  #closed = false;

  constructor(options: BatcherOptions) {
    this.#options = { delayMs: 250, limit: 4096, batchBytes: 48 * 1024, ...options };
  }

  get queued(): number {
    return this.#waiting.length + (this.#sending?.decisions.length ?? 0);
  }

  get failing(): boolean {
    return this.#failing;
  }

  /** Takes one decision for the next batch. @throws ProblemError `audit-unavailable` */
  add(body: DecisionBody): void {
    if (this.#closed || this.#failing || this.queued >= this.#options.limit) {
      throw new ProblemError(
        "audit-unavailable",
        this.#failing
          ? "the store does not take decision records now, so nothing is allowed; retry when /readyz is green"
          : `${this.queued} decisions wait to be recorded (limit ${this.#options.limit}); retry in a second`,
        { retryAfter: 1 },
      );
    }
    this.#waiting.push({ body, bytes: JSON.stringify(body).length * 2 });
    this.#arm(this.#options.delayMs);
  }

  /** Resolves when everything added before has landed, or when landing has failed once. */
  async flush(): Promise<void> {
    if (this.#active !== undefined) await this.#active;
    if (this.queued > 0) await this.#run();
  }

  /** Refuses what comes, tries once more to land what waits. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.flush();
  }

  #arm(delayMs: number): void {
    if (this.#timer !== undefined || this.#active !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#run();
    }, delayMs);
    this.#timer.unref();
  }

  #run(): Promise<void> {
    this.#active ??= this.#drain().finally(() => {
      this.#active = undefined;
      if (this.queued > 0) this.#arm(this.#failing ? 1_000 : this.#options.delayMs);
    });
    return this.#active;
  }

  async #drain(): Promise<void> {
    while (this.queued > 0) {
      // A batch that failed is sent again as it is: same id, same signature, so it cannot land twice.
      this.#sending ??= this.#take();
      try {
        await this.#options.land(this.#sending.draft);
      } catch (error) {
        this.#failing = true;
        this.#options.failed?.(error);
        return;
      }
      this.#failing = false;
      this.#options.landed?.(this.#sending.draft, this.#sending.decisions);
      this.#sending = undefined;
    }
  }

  #take(): { draft: RecordDraft; decisions: readonly DecisionBody[] } {
    let bytes = 0;
    let count = 0;
    for (const waiting of this.#waiting) {
      bytes += waiting.bytes;
      if (count > 0 && bytes > this.#options.batchBytes) break;
      count += 1;
    }
    const decisions = this.#waiting.slice(0, count).map((waiting) => waiting.body);
    this.#waiting = this.#waiting.slice(count);
    return { draft: this.#options.compose(decisions), decisions };
  }
}
