import { setImmediate } from "node:timers/promises";
import { CanonError } from "@sigil/canon";
import { ProblemError } from "@sigil/wire";
import { admit, BATCH_LIMIT } from "./admission.ts";
import { LogHead } from "./head.ts";
import { BatchPlan, type PlanGround, type Planned } from "./plan.ts";
import type { AppendRequest, StoredPlace } from "./records.ts";
import type { SigningKeys } from "./signing-keys.ts";
import type { StoredCheckpoint } from "./storage.ts";
import { type Unwritable, WriteHealth } from "./write-health.ts";

/** A request that is durable: where it is (or which leaves an earlier one has), and a checkpoint that covers it. */
export interface Committed {
  readonly landed: { readonly places: readonly StoredPlace[] } | Extract<Planned, { replay: unknown }>;
  readonly checkpoint: StoredCheckpoint;
}

/** What the writer tells about itself. */
export interface WriterEvents {
  /** A batch is durable. `seconds` is the time of the commit alone. */
  committed(batch: { records: number; seconds: number; head: LogHead }): void;
  /** A commit failed; everything of the batch was refused. */
  failed(error: unknown): void;
}

interface Waiting {
  readonly request: AppendRequest;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The one writer of a store. It has no timer: a batch is whatever queued while the previous commit ran, whole requests
 * of together at most {@link BATCH_LIMIT} records, and is acknowledged after its commit.
 */
export class Writer {
  readonly #ground: PlanGround;
  readonly #keys: SigningKeys;
  readonly #queueLimit: number;
  readonly #events: WriterEvents;
  #head: LogHead;
  #queue: Waiting[] = [];
  readonly #jobs: (() => Promise<void>)[] = [];
  #queued = 0;
  #running: Promise<void> | undefined;
  #closed = false;
  #unscrubbed = false;
  readonly #health: WriteHealth;
  /** Set when the state after a failed commit could not be read: the next batch reads it first. */
  #uncertain = false;

  constructor(
    ground: PlanGround,
    head: LogHead,
    keys: SigningKeys,
    queueLimit: number,
    events: WriterEvents,
  ) {
    this.#ground = ground;
    this.#head = head;
    this.#keys = keys;
    this.#queueLimit = queueLimit;
    this.#events = events;
    this.#health = new WriteHealth((bytes) => this.#tryWriting(bytes));
  }

  get head(): LogHead {
    return this.#head;
  }

  /** Whether a reader kept the remains of erased keys from being overwritten; every commit tries again. */
  get unscrubbed(): boolean {
    return this.#unscrubbed;
  }

  /** Why commits fail; undefined while they land. */
  get unwritable(): Unwritable | undefined {
    return this.#health.failure;
  }

  /** Records that wait for a commit. */
  get queued(): number {
    return this.#queued;
  }

  /**
   * Resolves when the request is durable. Rejects with a ProblemError: what admission and planning refuse, `queue-full`
   * at once when the queue has no room, `store-unwritable` when the commit failed, `service-draining` after a drain.
   */
  append(request: AppendRequest): Promise<Committed> {
    return new Promise((resolve, reject) => {
      if (this.#closed)
        throw new ProblemError("service-draining", "the store accepts no more records", { retryAfter: 5 });
      admit(request);
      const { length } = request.records;
      if (this.#queued + length > this.#queueLimit) {
        throw new ProblemError(
          "queue-full",
          `${this.#queued} records wait; the limit is ${this.#queueLimit}`,
          {
            retryAfter: 1,
          },
        );
      }
      this.#queue.push({ request, resolve, reject });
      this.#queued += length;
      this.#running ??= this.#run();
    });
  }

  /** Runs a job while no batch is under way. Throws `service-draining` after a drain, or what the job throws. */
  between<T>(job: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw new ProblemError("service-draining", "the store is closing", { retryAfter: 5 });
      this.#jobs.push(() => job().then(resolve, reject));
      this.#running ??= this.#run();
    });
  }

  /**
   * Commits the rotation of a key, made for the very leaf where it lands, in a batch of its own, and lets the keys follow
   * before any other batch. Rejects as {@link append} does.
   */
  rotation(make: (index: number) => Promise<AppendRequest>): Promise<Committed> {
    return this.between(async () => {
      if (this.#uncertain) await this.#reload();
      const request = await make(this.#head.size);
      admit(request, { rotating: true });
      const { promise, resolve, reject } = Promise.withResolvers<Committed>();
      promise.catch(() => undefined);
      // Whole before any other batch, and with the state read again when it failed.
      await this.#batch([{ request, resolve, reject }]);
      const committed = await promise;
      await this.#keys.reread();
      await this.#keys.settle(this.#head.size);
      return committed;
    });
  }

  /** Refuses new requests and resolves when everything that queued is settled. */
  async drain(): Promise<void> {
    this.#closed = true;
    this.#health.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#queue.length > 0 || this.#jobs.length > 0) {
      await this.#jobs.shift()?.();
      if (this.#queue.length === 0) continue;
      // One turn of the event loop: requests that arrived during the last commit are read and queued in it.
      await setImmediate();
      await this.#batch(this.#take());
    }
    this.#running = undefined;
  }

  #take(): Waiting[] {
    let records = 0;
    const end = this.#queue.findIndex(({ request }) => {
      records += request.records.length;
      return records > BATCH_LIMIT;
    });
    const taken = this.#queue.splice(0, end === -1 ? this.#queue.length : end);
    for (const { request } of taken) this.#queued -= request.records.length;
    return taken;
  }

  async #batch(taken: readonly Waiting[]): Promise<void> {
    const placed: { waiting: Waiting; planned: Planned }[] = [];
    let plan: BatchPlan | undefined;
    try {
      if (this.#uncertain) await this.#reload();
      plan = new BatchPlan(this.#ground, this.#head.size);
      await plan.look(taken.map(({ request }) => request));
      for (const waiting of taken) {
        try {
          placed.push({ waiting, planned: await plan.place(waiting.request) });
        } catch (error) {
          waiting.reject(this.#refusal(error));
        }
      }
      if (!plan.empty) await this.#commit(plan);
      const { checkpoint } = this.#head;
      for (const { waiting, planned } of placed) {
        const landed = "placed" in planned ? { places: plan.places(planned.placed) } : planned;
        waiting.resolve({ landed, checkpoint });
      }
    } catch (error) {
      this.#events.failed(error);
      // A refusal names what is to be done, and trying to write would not find it.
      if (!(error instanceof ProblemError))
        this.#health.failed(error, plan?.leaves.reduce((sum, { ct }) => sum + ct.length, 0) ?? 0);
      const refusal =
        error instanceof ProblemError
          ? error
          : new ProblemError("store-unwritable", "the commit failed; nothing is acknowledged", {
              cause: error,
              retryAfter: 1,
            });
      // Settling twice is harmless: those that planning refused keep their own reason.
      for (const waiting of taken) waiting.reject(refusal);
      this.#uncertain = true;
      await this.#reload().catch(() => undefined);
    }
  }

  /**
   * What a caller is told of a request that could not be planned. Anything but a refusal is a key, a row or an engine that
   * failed: the cause is reported to whoever watches, and the caller learns that nothing was written.
   */
  #refusal(error: unknown): ProblemError {
    if (error instanceof ProblemError) return error;
    if (error instanceof CanonError)
      return new ProblemError("record-invalid", `${error.code}: ${error.message}`, { cause: error });
    this.#events.failed(error);
    return new ProblemError(
      "store-unwritable",
      "the request could not be prepared; nothing of it is written",
      {
        cause: error,
        retryAfter: 1,
      },
    );
  }

  async #commit(plan: BatchPlan): Promise<void> {
    await plan.seal();
    const { head, nodes } = this.#head.append(plan.leafHashes, this.#keys.log);
    const started = performance.now();
    await this.#ground.storage.commit({
      leaves: plan.leaves,
      nodes,
      checkpoint: head.checkpoint,
      idempotency: plan.idempotency,
      ...(plan.erasures.length === 0 ? {} : { erasures: plan.erasures }),
    });
    if (plan.erasures.length > 0) this.#unscrubbed = true;
    if (this.#unscrubbed) await this.#scrub();
    this.#head = head;
    this.#health.landed();
    for (const [stream, tip] of plan.tips) this.#ground.tips.moved(stream, tip);
    this.#events.committed({
      records: plan.leaves.length,
      seconds: (performance.now() - started) / 1000,
      head,
    });
  }

  /** Between two batches, so that it is the state of the last one that is read again and written on. */
  #tryWriting(bytes: number): Promise<void> {
    return this.between(async () => {
      if (this.#uncertain) await this.#reload();
      await this.#ground.storage.tryWriting(bytes);
    });
  }

  /** The keys are gone from the store already; what is left of them lies in the engine's files. */
  async #scrub(): Promise<void> {
    try {
      this.#unscrubbed = !(await this.#ground.storage.scrub());
    } catch (error) {
      this.#events.failed(error);
    }
  }

  /** A commit that was reported failed may be on disk all the same: only the disk knows. */
  async #reload(): Promise<void> {
    this.#ground.tips.forget();
    // So may a rotation be that it held, and then another key signs from here on.
    await this.#keys.reread();
    const { origin } = this.#head;
    this.#head = await LogHead.load(this.#ground.storage, origin, this.#keys.checkpoints(origin));
    await this.#keys.settle(this.#head.size);
    this.#uncertain = false;
  }
}
