import { type CanonRecord, completeDraft, type Json, type RecordDraft } from "@sigil/canon";
import type { SigningKey, VerifyKey } from "@sigil/crypto";
import type { Caller } from "@sigil/policy";
import { ProblemError, WireError } from "@sigil/wire";
import { v7 as uuidv7 } from "uuid";
import { authorityOf } from "../admitted.ts";
import { SERVICE_PRINCIPAL } from "../authority.ts";
import { namedParents } from "../chains/chains.ts";
import type { Clock } from "../clock.ts";
import type { RegisteredModule } from "../credentials/genesis.ts";
import { listOf } from "../decisions/decision-batch.ts";
import type { MadeDecision } from "../decisions/decisions.ts";
import type { ViolationLimit } from "../force/violations.ts";
import { batchDraft, decisionDraft, draft, outcomeDraft } from "../records/drafts.ts";
import type { Projection } from "../records/projection.ts";
import { requireFits } from "../records/record-size.ts";
import type { AppendResult, Store } from "../records/store.ts";
import { authorOf, decidedWrite, orFailed } from "../records/transaction.ts";
import { type CheckedAnswer, checkAnswer } from "./chain-check.ts";
import { evidenceOf } from "./evidence.ts";
import { grantFor } from "./grants.ts";
import { hostFailure, neverSent } from "./host-failure.ts";
import type { ModuleHost, RunAnswer, RunOrder } from "./module-host.ts";
import type { OpenRun, OpenRuns, StopCode } from "./open-runs.ts";
import { type FinishedEnd, type RunEnd, runEnd, runResult } from "./run-result.ts";
import type { Unsettled } from "./unsettled.ts";

export interface RunParts {
  readonly store: Store;
  readonly host: ModuleHost;
  readonly projection: Projection;
  readonly open: OpenRuns;
  readonly unsettled: Unsettled;
  readonly key: SigningKey;
  readonly chainKeys: (kid: string) => VerifyKey | undefined;
  /** kid of the module host's service key: only it may use a grant. */
  readonly hostKid: string;
  readonly now: Clock;
  /** How many violations suspend a module, as the settings in force say. */
  readonly violationLimit: () => ViolationLimit;
  /** How long a run may stay open, in milliseconds; the grant lives as long. */
  readonly openMs: number;
}

export interface RunRequest {
  readonly module: string;
  readonly input: Json;
  /** Groups runs of one conversation; a run without one is its own. */
  readonly session?: string;
  /** Runs whose chains become parents of this one's. */
  readonly parents?: readonly string[] | undefined;
  readonly idempotencyKey?: string;
  /** Raised when the caller has gone: the run is stopped and nothing of it lands. */
  readonly signal?: AbortSignal;
}

/** What a finished run answers to its caller. */
export interface FinishedRun {
  readonly order: RunOrder;
  readonly answer: RunAnswer;
  readonly checked: CheckedAnswer;
  readonly end: FinishedEnd;
  /** Where decision and input landed. */
  readonly begun: AppendResult;
  /** Where everything that came of the run landed. */
  readonly placed: AppendResult;
  /** Kind of every record of the run, by id. */
  readonly kinds: ReadonlyMap<string, string>;
}

/** Runs modules: decision first, then the run under a grant, then everything that came of it in one transaction. */
export class Runs {
  readonly #parts: RunParts;

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  /**
   * Runs a registered module for the caller of an allowed `module.run` decision, which lands before the module starts.
   * @throws ProblemError `module-unregistered`, `module-revoked`, `module-suspended`, `publisher-unknown`, `publisher-revoked`,
   * `parent-unknown`, `runners-busy`, `audit-unavailable`, or the module host's own refusal;
   * whatever was decided leaves its outcome
   */
  async run(made: MadeDecision, request: RunRequest): Promise<FinishedRun> {
    const { open, projection } = this.#parts;
    const { module: moduleId, idempotencyKey } = request;
    const module = projection.modules.inForce(moduleId);
    if (module === undefined) {
      const { code, detail } = projection.modules.refusalToRun(moduleId);
      await this.#refuse(made, code);
      throw new ProblemError(code, detail, { decisionId: made.id });
    }
    const against = projection.publishers.against(module.publisher);
    if (against !== undefined) {
      await this.#refuse(made, against.code);
      throw new ProblemError(against.code, `${moduleId} does not run: ${against.detail}`, {
        decisionId: made.id,
      });
    }
    const parents = await orFailed(this.#parts, made, async () => {
      requireFits("run.input", { module: module.id, digest: module.digest, input: request.input });
      return await namedParents(this.#parts.store, request.parents ?? [], authorityOf(made));
    });
    this.#requireRoom();
    const order = this.#order(made, module, request, parents);
    const run = this.#open(made, module, order);
    const gone = () => open.stop(run.run, "caller-gone");
    request.signal?.addEventListener("abort", gone, { once: true });
    try {
      if (request.signal?.aborted) gone();
      const begun = await this.#begin(made, run, order, idempotencyKey);
      const answer = await this.#execute(made, order, run);
      await this.#requireOpen(made, run);
      open.close(run.run);
      const checked = await this.#check(made, order, run, answer);
      const end = runEnd(answer, projection.modules.stopped(module.id, module.digest));
      const records = await this.#result(made, run, checked, end);
      const lost = this.#outcomeOf(made, run, { status: "failed", code: "result-refused" });
      const placed = await this.#settle(made, run.run, records, lost);
      const kinds = new Map(records.map(({ id, kind }) => [id, kind]));
      for (const [at, { id }] of begun.records.entries()) kinds.set(id, at === 0 ? "decision" : "run.input");
      return { order, answer, checked, end, begun, placed, kinds };
    } finally {
      request.signal?.removeEventListener("abort", gone);
      open.close(run.run);
    }
  }

  /**
   * Stops an open run of the caller of an allowed `run.cancel`. Decision and outcome land first; then the grant ends, and
   * the runner is killed. `stopped` is false when the run came to its own end in between.
   * @throws ProblemError `not-found`, the same for a run that is not open and one of another principal
   */
  async cancel(made: MadeDecision, id: string): Promise<{ run: string; stopped: boolean }> {
    const { open, store, key, now } = this.#parts;
    const { principal, loa } = made.body;
    await orFailed(this.#parts, made, async () => {
      if (open.belongs(id, principal)) return;
      throw new ProblemError("not-found", `no run ${id} of yours is open`, { decisionId: made.id });
    });
    const records = decidedWrite(made, [], key, now);
    await store.append({ records }, { principal, loa, decision: made.id });
    return { run: id, stopped: open.stop(id, "run-cancelled") };
  }

  /** Ends that wait for the store count too: a store that does not answer holds no more than runs may be open. */
  #requireRoom(): void {
    const { open, unsettled } = this.#parts;
    open.reserve();
    if (unsettled.size < open.limit) return;
    throw new ProblemError("audit-unavailable", `the ends of ${unsettled.size} runs wait for the store`, {
      retryAfter: 1,
    });
  }

  #order(
    made: MadeDecision,
    module: RegisteredModule,
    request: RunRequest,
    parents: RunOrder["parents"],
  ): RunOrder {
    const { input, session } = request;
    const run = uuidv7();
    const { principal, loa } = made.body;
    const startedAt = this.#parts.now();
    const inputDraft = draft({
      kind: "run.input",
      space: "user",
      stream: `run/${run}`,
      loa,
      author: { principal, loa, module: module.id, run, decision: made.id },
      payload: { module: module.id, digest: module.digest, input },
    });
    return {
      run,
      module: module.id,
      digest: module.digest,
      input,
      inputRecord: completeDraft(inputDraft, { seq: 0, prev: null, ts: startedAt }),
      principal,
      loa,
      session: session ?? made.id,
      trust: made.outcome.trust,
      decision: made.id,
      parents,
      startedAt,
    };
  }

  #open(made: MadeDecision, module: RegisteredModule, order: RunOrder): OpenRun {
    const { key, hostKid, openMs, open } = this.#parts;
    const caller: Caller = { ...made.caller, loa: made.body.loa };
    const started = Date.parse(order.startedAt);
    const run: OpenRun = {
      run: order.run,
      decision: made.id,
      caller,
      module,
      grant: grantFor(made, module, order, openMs, hostKid, key),
      endsAt: started + openMs,
      writes: [],
      log: [],
      claims: [],
      withRun: [],
      calls: [],
      readHigh: "Observer",
      readSpaces: new Set(),
      seen: new Set(),
      stop: new AbortController(),
      ended: new AbortController(),
    };
    open.open(run);
    return run;
  }

  /** Decision and input. When the store's answer was lost, what may have landed gets its outcome as soon as it can. */
  async #begin(
    made: MadeDecision,
    run: OpenRun,
    order: RunOrder,
    idempotencyKey: string | undefined,
  ): Promise<AppendResult> {
    const decided = decisionDraft(made, this.#parts.key);
    try {
      return await orFailed(this.#parts, made, () => this.#land(made, decided, order, idempotencyKey));
    } catch (error) {
      if (mayHaveLanded(error)) this.#endUnbegun(made, run, decided);
      throw error;
    }
  }

  /** Decision and outcome together if the decision has not landed, which its id tells; else the outcome alone. */
  #endUnbegun(made: MadeDecision, run: OpenRun, decided: RecordDraft): void {
    const { principal, loa } = made.body;
    const outcome = this.#outcomeOf(made, run, { status: "failed", code: "audit-unavailable" });
    const named = (key: string) => ({ principal: SERVICE_PRINCIPAL, key });
    this.#parts.unsettled.keep(
      { records: [decided, outcome], idempotency: named(`begin-${run.run}`) },
      { principal, loa, decision: made.id },
      { records: [outcome], idempotency: named(`end-${run.run}`) },
    );
  }

  async #land(
    made: MadeDecision,
    decided: RecordDraft,
    order: RunOrder,
    idempotencyKey: string | undefined,
  ): Promise<AppendResult> {
    const { store } = this.#parts;
    const { principal } = made.body;
    const begun = await store.append(
      {
        records: [decided, order.inputRecord],
        ...(idempotencyKey === undefined ? {} : { idempotency: { principal, key: idempotencyKey } }),
      },
      { principal, loa: made.body.loa, decision: made.id },
    );
    if (begun.replayed) {
      throw new ProblemError("idempotency-conflict", "this Idempotency-Key has started a run before", {
        decisionId: made.id,
      });
    }
    return begun;
  }

  async #execute(made: MadeDecision, order: RunOrder, run: OpenRun): Promise<RunAnswer> {
    const { host, open } = this.#parts;
    try {
      const { principal, loa } = order;
      const authority = { principal, loa, decision: made.id, run: order.run };
      return await host.execute(order, run.grant, authority, run.stop.signal);
    } catch (error) {
      const { end, problem } = stopped(run) ?? hostFailure(error, made.id);
      open.close(run.run);
      await this.#outcome(made, run, end);
      throw problem;
    }
  }

  /** A run whose grant was ended meanwhile leaves its outcome and nothing else: its writes were decided before. */
  async #requireOpen(made: MadeDecision, run: OpenRun): Promise<void> {
    if (this.#revoked(run)) {
      await this.#outcome(made, run, { status: "failed", code: "licence-revoked" });
      throw new ProblemError(
        "run-not-open",
        `the licence of run ${run.run} was revoked; nothing of it was written`,
        {
          decisionId: made.id,
        },
      );
    }
    if (this.#parts.open.has(run.run)) return;
    await this.#outcome(made, run, { status: "failed", code: "locked-down" });
    throw new ProblemError("locked-down", `lockdown ended run ${run.run}; nothing of it was written`, {
      decisionId: made.id,
    });
  }

  async #check(made: MadeDecision, order: RunOrder, run: OpenRun, answer: RunAnswer): Promise<CheckedAnswer> {
    try {
      return checkAnswer(answer, order, run, this.#parts.chainKeys);
    } catch (error) {
      await this.#outcome(made, run, { status: "failed", code: "run-answer-invalid" });
      const fact = error instanceof Error ? error.message : String(error);
      throw new ProblemError(
        "peer-not-believed",
        `the module host's answer does not hold: ${fact}; nothing of it was recorded`,
        {
          decisionId: made.id,
        },
      );
    }
  }

  /** Whatever keeps the result from being written down, the run of a recorded decision has an outcome. */
  async #result(
    made: MadeDecision,
    run: OpenRun,
    checked: CheckedAnswer,
    end: FinishedEnd,
  ): Promise<(RecordDraft | CanonRecord)[]> {
    const { projection, violationLimit, key, now } = this.#parts;
    try {
      const found = evidenceOf(made, run, checked, projection, violationLimit(), now());
      return runResult(made, run, checked, end, found?.drafts ?? [], key, now);
    } catch (error) {
      await this.#outcome(made, run, { status: "failed", code: "result-refused" });
      throw error;
    }
  }

  #revoked({ caller }: OpenRun): boolean {
    const jti = caller.licence?.jti;
    return jti !== undefined && this.#parts.projection.licences.state(jti) === "revoked";
  }

  async #refuse(made: MadeDecision, code: string): Promise<void> {
    const { key, now } = this.#parts;
    await this.#settle(made, made.id, decidedWrite(made, [], key, now, { status: "failed", code }));
  }

  async #outcome(made: MadeDecision, run: OpenRun, end: RunEnd): Promise<void> {
    // What left this machine for a model has left it, whatever became of the run.
    const left = run.withRun.filter(({ action }) => action === "llm.complete");
    const { key, now } = this.#parts;
    const batch = left.length === 0 ? [] : [batchDraft(listOf(left), now(), key)];
    await this.#settle(made, run.run, [...batch, this.#outcomeOf(made, run, end)]);
  }

  #outcomeOf(made: MadeDecision, run: OpenRun, end: RunEnd): RecordDraft {
    const { key, now } = this.#parts;
    const author = { ...authorOf(made), run: run.run, module: run.module.id };
    return outcomeDraft({ decision: made.id, ...end, effects: [], ts: now() }, author, key);
  }

  /**
   * Lands what ends a run. What cannot land now is kept and tried again, because the run has happened; what the store
   * refuses for good leaves `lost` in its place. The keys are the control plane's own: under the caller's principal the
   * caller could use them first, and the end would never be recorded.
   */
  async #settle(
    made: MadeDecision,
    id: string,
    records: readonly (RecordDraft | CanonRecord)[],
    lost?: RecordDraft,
  ): Promise<AppendResult> {
    const { principal, loa } = made.body;
    const named = (key: string) => ({ principal: SERVICE_PRINCIPAL, key });
    return await this.#parts.unsettled.land(
      { records, idempotency: named(`end-${id}`) },
      { principal, loa, decision: made.id },
      lost && { records: [lost], idempotency: named(`lost-${id}`) },
    );
  }
}

/** Whether the store may have committed a batch that it did not acknowledge. */
function mayHaveLanded(error: unknown): boolean {
  if (!(error instanceof ProblemError)) return true;
  if (error.code === "peer-not-believed" || error.code === "cosignatures-missing") return true;
  const { cause } = error.extras;
  return cause instanceof WireError && !neverSent(cause);
}

const STOPPED: Readonly<Record<StopCode, string>> = {
  "run-cancelled": "the run was cancelled; nothing of it was kept",
  "caller-gone": "the caller closed the connection before the run ended; nothing of it was kept",
};

/** How a run ends that was stopped. Its grant ended first, so nothing that it asked for can land: it has failed. */
function stopped(run: OpenRun): { end: RunEnd; problem: ProblemError } | undefined {
  const { aborted, reason } = run.stop.signal;
  if (!aborted) return undefined;
  const code = reason as StopCode;
  return {
    end: { status: "failed", code },
    problem: new ProblemError("run-cancelled", STOPPED[code], { decisionId: run.decision }),
  };
}
