import { type CanonRecord, completeDraft, type Json, type RecordDraft } from "@sigil/canon";
import type { SigningKey, VerifyKey } from "@sigil/crypto";
import type { Caller } from "@sigil/policy";
import { ProblemError } from "@sigil/wire";
import { v7 as uuidv7 } from "uuid";
import { SERVICE_PRINCIPAL } from "./authority.ts";
import { type CheckedAnswer, checkAnswer } from "./chain-check.ts";
import type { Clock } from "./clock.ts";
import type { MadeDecision } from "./decisions.ts";
import { decisionDraft, draft, outcomeDraft } from "./drafts.ts";
import type { RegisteredModule } from "./genesis.ts";
import { grantFor } from "./grants.ts";
import { hostFailure } from "./host-failure.ts";
import type { ModuleHost, RunAnswer, RunOrder } from "./module-host.ts";
import type { OpenRun, OpenRuns } from "./open-runs.ts";
import type { Projection } from "./projection.ts";
import { requireFits } from "./record-size.ts";
import { type FinishedEnd, type RunEnd, runEnd, runResult } from "./run-result.ts";
import type { AppendResult, Store } from "./store.ts";
import { authorOf, decidedWrite, orFailed } from "./transaction.ts";
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
  /** How long a run may stay open, in milliseconds; the grant lives as long. */
  readonly openMs: number;
}

export interface RunRequest {
  readonly module: string;
  readonly input: Json;
  /** Groups runs of one conversation; a run without one is its own. */
  readonly session?: string;
  readonly idempotencyKey?: string;
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

/** The end of a run whose licence was revoked while it ran: what it did is on record, what it wrote does not land. */
const LICENCE_REVOKED: FinishedEnd = { status: "failed", code: "licence-revoked" };

/** Runs modules: decision first, then the run under a grant, then everything that came of it in one transaction. */
export class Runs {
  readonly #parts: RunParts;

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  /**
   * Runs a registered module for the caller of an allowed `module.run` decision, which lands before the module starts.
   * @throws ProblemError `module-unregistered`, `runners-busy`, `audit-unavailable`, or the module host's own refusal;
   * whatever was decided leaves its outcome
   */
  async run(made: MadeDecision, request: RunRequest): Promise<FinishedRun> {
    const { open, projection } = this.#parts;
    const { module: moduleId, idempotencyKey } = request;
    const module = projection.genesis.modules.get(moduleId);
    if (module === undefined) {
      await this.#refuse(made, "module-unregistered");
      throw new ProblemError(
        "module-unregistered",
        `genesis registers no module ${JSON.stringify(moduleId)}`,
        {
          decisionId: made.id,
        },
      );
    }
    await orFailed(this.#parts, made, async () => {
      requireFits("run.input", { module: module.id, digest: module.digest, input: request.input });
    });
    open.reserve();
    const order = this.#order(made, module, request);
    const run = this.#open(made, module, order);
    try {
      const begun = await orFailed(this.#parts, made, () => this.#begin(made, order, idempotencyKey));
      const answer = await this.#execute(made, order, run);
      open.close(run.run);
      const checked = await this.#check(made, order, run, answer);
      const end = this.#revoked(run) ? LICENCE_REVOKED : runEnd(answer);
      const records = await this.#result(made, run, checked, end);
      const lost = this.#outcomeOf(made, run, { status: "failed", code: "result-refused" });
      const placed = await this.#settle(made, run.run, records, lost);
      const kinds = new Map(records.map(({ id, kind }) => [id, kind]));
      for (const [at, { id }] of begun.records.entries()) kinds.set(id, at === 0 ? "decision" : "run.input");
      return { order, answer, checked, end, begun, placed, kinds };
    } finally {
      open.close(run.run);
    }
  }

  #order(made: MadeDecision, module: RegisteredModule, request: RunRequest): RunOrder {
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
      refs: new Map(),
      readHigh: "Observer",
      seen: new Set(),
    };
    open.open(run);
    return run;
  }

  async #begin(
    made: MadeDecision,
    order: RunOrder,
    idempotencyKey: string | undefined,
  ): Promise<AppendResult> {
    const { store, key } = this.#parts;
    const { principal } = made.body;
    const begun = await store.append(
      {
        records: [decisionDraft(made, key), order.inputRecord],
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
      return await host.execute(order, run.grant, {
        principal: order.principal,
        loa: order.loa,
        decision: made.id,
        run: order.run,
      });
    } catch (error) {
      const { end, problem } = hostFailure(error, made.id);
      open.close(run.run);
      await this.#outcome(made, run, end);
      throw problem;
    }
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
    try {
      return runResult(made, run, checked, end, this.#parts.key, this.#parts.now);
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
    await this.#settle(made, run.run, [this.#outcomeOf(made, run, end)]);
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
