import type { Json, Loa } from "@sigil/canon";
import { type Caller, compareLoa, HOST_CALLS } from "@sigil/policy";
import { type HostArguments, type HostCall, ProblemError } from "@sigil/wire";
import type { Authority } from "../authority.ts";
import { writtenBy } from "../chains/chains.ts";
import type { Clock } from "../clock.ts";
import type { MadeDecision } from "../decisions/decisions.ts";
import type { Gate } from "../decisions/gate.ts";
import type { Llm } from "../llm/complete.ts";
import { readVisible } from "../records/canon.ts";
import { listOwnMemory, memoryBlock } from "../records/memory.ts";
import type { Projection } from "../records/projection.ts";
import { requireFits } from "../records/record-size.ts";
import type { Store, StoredRecord } from "../records/store.ts";
import { requireCapability } from "./capabilities.ts";
import { noteRead, type OpenRun, type OpenRuns } from "./open-runs.ts";

export interface HostRequest<Call extends HostCall = HostCall> {
  readonly call: Call;
  readonly run: string;
  readonly seq: number;
  readonly args: HostArguments[Call];
}

/** Host calls of one run at most; what they stage fits one transaction of 256 records. */
export const MOST_HOST_CALLS = 64;

interface Context {
  readonly run: OpenRun;
  readonly seq: number;
  readonly made: MadeDecision;
  readonly store: Store;
  readonly llm: Llm;
}

type Handlers = {
  readonly [Call in HostCall]: (context: Context, args: HostArguments[Call]) => Promise<Json> | Json;
};

/** Every host call by its name; a name that is not here does not exist. */
const HANDLERS: Handlers = {
  "memory.write": stageWrite,
  "memory.list": listMemoryForRun,
  "canon.read": readCanon,
  "llm.complete": ({ run, made, llm }, args) => {
    // Before it leaves: that it was allowed is recorded whatever comes back.
    run.withRun.push(made.body);
    return llm.complete(run, args);
  },
  "interaction.log": ({ run, seq, made }, { entry }) => {
    requireFits("run.log", { entries: [...run.log, { seq, entry }] });
    run.log.push({ seq, entry });
    run.withRun.push(made.body);
    return {};
  },
  "audit.emit": ({ run, seq, made }, { claim }) => {
    requireFits("audit.event", { claim });
    run.claims.push({ seq, claim });
    run.withRun.push(made.body);
    return {};
  },
};

/** Answers what modules ask for while they run: each call decided like any other action, under the run's grant. */
export class HostCalls {
  readonly #gate: Gate;
  readonly #runs: OpenRuns;
  readonly #store: Store;
  readonly #projection: Projection;
  readonly #llm: Llm;
  readonly #now: Clock;

  constructor(parts: {
    gate: Gate;
    runs: OpenRuns;
    store: Store;
    projection: Projection;
    llm: Llm;
    now: Clock;
  }) {
    this.#gate = parts.gate;
    this.#runs = parts.runs;
    this.#store = parts.store;
    this.#projection = parts.projection;
    this.#llm = parts.llm;
    this.#now = parts.now;
  }

  /**
   * Grant open → position new → licence still good → capability granted and in scope → decided → done.
   * @throws ProblemError `run-not-open`, `run-sequence`, `host-call-limit`, `capability-missing`, or the denial's own
   */
  async answer<Call extends HostCall>(
    request: HostRequest<Call>,
    grant: string,
  ): Promise<{ made: MadeDecision; result: Json }> {
    const run = this.#runs.admit(request.run, grant, Date.parse(this.#now()));
    takePosition(run, request.seq);
    const jti = run.caller.licence?.jti;
    if (jti !== undefined && this.#projection.licences.state(jti) === "revoked") {
      throw new ProblemError(
        "run-not-open",
        "the licence behind this run was revoked, and its grant with it",
      );
    }
    const stopped = this.#projection.modules.stopped(run.module.id, run.module.digest);
    if (stopped !== undefined) {
      throw new ProblemError("run-not-open", `the module of this run was ${stopped}, and its grant with it`);
    }
    const against = this.#projection.publishers.against(run.module.publisher);
    if (against !== undefined)
      throw new ProblemError("run-not-open", `the grant of this run has ended: ${against.detail}`);
    requireCapability(run.module.capabilities, request.call, "stream" in request.args ? request.args : {});
    const caller: Caller = { ...run.caller, via: { module: run.module.id, loa: run.caller.loa } };
    const made = await this.#gate.admit({
      action: actionOf(request.call),
      caller,
      facts: this.#gate.facts(caller),
      policy: this.#gate.policy,
      route: "POST /v1/host/:call",
      run: run.run,
      module: run.module.id,
    });
    const result = await HANDLERS[request.call](
      { run, seq: request.seq, made, store: this.#store, llm: this.#llm },
      request.args,
    );
    run.calls.push({ seq: request.seq, method: request.call, result });
    return { made, result };
  }
}

/** What a host call is decided as: `memory.list` is `memory.read`. A call without a row is denied by the policy. */
function actionOf(call: HostCall): string {
  return HOST_CALLS.find(({ method }) => method === call)?.action ?? call;
}

/** Calls may be in flight together, so positions may arrive in any order, but none twice and none past the limit. */
function takePosition(run: OpenRun, seq: number): void {
  if (seq >= MOST_HOST_CALLS) {
    throw new ProblemError(
      "host-call-limit",
      `call ${seq} is past the limit of ${MOST_HOST_CALLS} host calls`,
    );
  }
  if (run.seen.has(seq))
    throw new ProblemError("run-sequence", `call ${seq} of run ${run.run} was answered before`);
  run.seen.add(seq);
}

function authority({ run, made }: Context): Authority {
  return { principal: made.body.principal, loa: made.body.loa, decision: made.id, run: run.run };
}

/** The block waits for the end of the run; its id is known, and may be cited, at once. */
function stageWrite({ run, seq, made }: Context, args: HostArguments["memory.write"]): Json {
  const least: Loa = compareLoa(run.readHigh, "Observer") > 0 ? run.readHigh : "Observer";
  const effect = memoryBlock(made, {
    type: args.type,
    text: args.text,
    tags: args.tags,
    visibility: "private",
    loa: least,
  });
  requireFits("memory.block", effect.payload);
  run.writes.push({ seq, made, effect });
  return { ref: effect.id };
}

async function listMemoryForRun(context: Context, args: HostArguments["memory.list"]): Promise<Json> {
  const page = await listOwnMemory(context.store, args, authority(context));
  return { items: page.records.map((stored) => memoryItem(context.run, stored)) };
}

function memoryItem(run: OpenRun, { signed: { record }, rh }: StoredRecord): Json {
  noteRead(run, record);
  const { text, type, tags } = record.payload;
  return {
    ...{ ref: record.id, hash: rh },
    ...writtenBy(record),
    text: text ?? "",
    type: type ?? "",
    tags: tags ?? [],
    ts: record.ts,
  };
}

/** By id that entry; by stream its current one, the tip. */
async function readCanon(context: Context, args: HostArguments["canon.read"]): Promise<Json> {
  const found = await canonEntry(context, args);
  const { record } = found.signed;
  // A scope is about streams, so an entry asked for by id is held against it once its stream is known.
  requireCapability(context.run.module.capabilities, "canon.read", { stream: record.stream });
  noteRead(context.run, record);
  return {
    ref: record.id,
    hash: found.rh,
    stream: record.stream,
    title: record.payload.title ?? "",
    text: record.payload.text ?? "",
  };
}

async function canonEntry(context: Context, args: HostArguments["canon.read"]): Promise<StoredRecord> {
  const who = authority(context);
  if ("id" in args) return await readVisible(context.store, args.id, who, (kind) => kind === "canon.entry");
  const { records } = await context.store.query(
    { kind: "canon.entry", stream: args.stream, order: "desc", limit: 1 },
    who,
  );
  const [tip] = records;
  if (tip === undefined) {
    throw new ProblemError("not-found", `there is no canon entry in ${args.stream} that this run may read`, {
      decisionId: context.made.id,
    });
  }
  return tip;
}
