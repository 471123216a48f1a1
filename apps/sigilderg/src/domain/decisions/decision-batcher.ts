import type { RecordDraft } from "@sigil/canon";
import { ProblemError } from "@sigil/wire";
import { type DecisionList, FillingBatch } from "./decision-batch.ts";
import type { DecisionBody } from "./decisions.ts";

export interface BatcherOptions {
  /** Signs a batch into a draft. */
  readonly compose: (decisions: DecisionList) => RecordDraft;
  /** Lands these drafts, all or none; idempotent by the first one's id. */
  readonly land: (drafts: readonly RecordDraft[]) => Promise<void>;
  /** Told which record holds which decisions, once it has landed. */
  readonly landed?: (draft: RecordDraft, decisions: DecisionList) => void;
  readonly failed?: (error: unknown) => void;
  /** A decision waits at most this long before its batch is sent. */
  readonly delayMs?: number;
  /** And this long where batches fill meanwhile: each append costs the store some milliseconds, whatever it holds. */
  readonly busyMs?: number;
  /** Decisions that may wait, in flight included. */
  readonly limit?: number;
  /** Size of the JSON of one batch; the kind's own limit less the frame. */
  readonly batchBytes?: number;
  /** Batches that are landed together. As many that are full do not wait. */
  readonly together?: number;
}

interface Batch {
  readonly draft: RecordDraft;
  readonly list: DecisionList;
}

/** Decisions of one batch at most, as its schema has it. */
const MOST = 1_024;

/**
 * Collects decisions that the table marks `batched` and lands them within a second as one signed record.
 *
 * Fails closed: while the queue is full, or while the last attempt to land failed, `add` refuses with
 * `audit-unavailable`, so that nothing is allowed that cannot be recorded. It keeps trying and heals by itself.
 */
export class DecisionBatcher {
  readonly #options: Required<Omit<BatcherOptions, "landed" | "failed">> &
    Pick<BatcherOptions, "landed" | "failed">;
  /** Batches to be sent, oldest first; the last one is being filled. */
  #waiting: FillingBatch[] = [];
  #queued = 0;
  #sending: readonly Batch[] = [];
  #timer: NodeJS.Timeout | undefined;
  #active: Promise<void> | undefined;
  #failing = false;
  #closed = false;

  constructor(options: BatcherOptions) {
    this.#options = {
      delayMs: 250,
      busyMs: 750,
      limit: 4096,
      batchBytes: 48 * 1024,
      together: 4,
      ...options,
    };
  }

  get queued(): number {
    return this.#queued;
  }

  get failing(): boolean {
    return this.#failing;
  }

  /** Takes one decision for the next batch. @throws ProblemError `audit-unavailable` */
  add(body: DecisionBody): void {
    if (this.#closed || this.#failing || this.#queued >= this.#options.limit) {
      throw new ProblemError(
        "audit-unavailable",
        this.#failing
          ? "the store does not take decision records now, so nothing is allowed; retry when /readyz is green"
          : `${this.queued} decisions wait to be recorded (limit ${this.#options.limit}); retry in a second`,
        { retryAfter: 1 },
      );
    }
    if (this.#waiting.at(-1)?.add(body) !== true) {
      const next = new FillingBatch({ bytes: this.#options.batchBytes, decisions: MOST });
      next.add(body);
      this.#waiting.push(next);
    }
    this.#queued += 1;
    if (this.#enough) this.#hasten();
    else this.#arm(this.#options.delayMs);
  }

  /** Resolves when everything added before has landed, or when landing has failed once. */
  async flush(): Promise<void> {
    if (this.#active !== undefined) await this.#active;
    if (this.#queued > 0) await this.#run();
  }

  /** Refuses what comes, tries once more to land what waits. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.flush();
  }

  /** Batches that nothing more fits into. */
  get #full(): number {
    return this.#waiting.length - (this.#waiting.at(-1)?.full === false ? 1 : 0);
  }

  get #enough(): boolean {
    return this.#full >= this.#options.together;
  }

  #arm(delayMs: number, busyMs = this.#options.busyMs): void {
    if (this.#timer !== undefined || this.#active !== undefined || this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#full > 0 && busyMs > delayMs) this.#arm(busyMs - delayMs, 0);
      else void this.#run();
    }, delayMs);
    this.#timer.unref();
  }

  /** Enough full batches are sent now. They are under way one time after the other, and what fills meanwhile goes with the next. */
  #hasten(): void {
    if (this.#active !== undefined || this.#closed) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    void this.#run();
  }

  #run(): Promise<void> {
    this.#active ??= this.#drain().finally(() => {
      this.#active = undefined;
      if (this.#queued > 0) this.#arm(this.#failing ? 1_000 : this.#options.delayMs);
    });
    return this.#active;
  }

  async #drain(): Promise<void> {
    let owed = this.#queued;
    // What comes meanwhile waits for its own turn, unless it fills as many as go together.
    while (owed > 0 || this.#enough) {
      // What failed is sent again as it is: same ids, same signatures, so it cannot land twice.
      if (this.#sending.length === 0) await this.#fill();
      try {
        await this.#options.land(this.#sending.map(({ draft }) => draft));
      } catch (error) {
        this.#failing = true;
        this.#options.failed?.(error);
        return;
      }
      this.#failing = false;
      for (const { draft, list } of this.#sending) {
        this.#options.landed?.(draft, list);
        owed -= list.decisions.length;
        this.#queued -= list.decisions.length;
      }
      this.#sending = [];
    }
  }

  async #fill(): Promise<void> {
    for (let [list] = this.#waiting; list !== undefined; [list] = this.#waiting) {
      this.#sending = [...this.#sending, { draft: this.#options.compose(list), list }];
      this.#waiting.shift();
      if (this.#waiting.length === 0 || this.#sending.length === this.#options.together) return;
      // Signing a batch takes a while: requests that came meanwhile get their turn before the next one.
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
