import type { CanonRecord, Json, Loa, RecordDraft } from "@sigil/canon";
import { type Caller, compareLoa } from "@sigil/policy";
import { ProblemError } from "@sigil/wire";
import type { RegisteredModule } from "../credentials/genesis.ts";
import type { DecisionBody, MadeDecision } from "../decisions/decisions.ts";

/** A write that a run asked for. It lands only if the run ends with an effective Allow. */
export interface StagedWrite {
  /** Position of the host call that asked for it. */
  readonly seq: number;
  readonly made: MadeDecision;
  readonly effect: RecordDraft;
}

/** One answered host call, as the control plane saw it; compared with the module host's own account. */
export interface AnsweredCall {
  readonly seq: number;
  readonly method: string;
  readonly result: Json;
}

/** Why a run was ended from outside; the code of its outcome. */
export type StopCode = "run-cancelled" | "caller-gone";

export interface OpenRun {
  readonly run: string;
  readonly decision: string;
  readonly caller: Caller;
  readonly module: RegisteredModule;
  /** Serialized Sigil-Grant; a host call must present exactly this one. */
  readonly grant: string;
  /** Milliseconds since the epoch. */
  readonly endsAt: number;
  readonly writes: StagedWrite[];
  readonly log: { readonly seq: number; readonly entry: Json }[];
  readonly claims: { readonly seq: number; readonly claim: Json }[];
  /** Decisions about what lands with the run, recorded as one batch beside it. */
  readonly withRun: DecisionBody[];
  readonly calls: AnsweredCall[];
  /** The highest level of anything the run has read; nothing that it writes may be lower. */
  readHigh: Loa;
  /** The spaces of what the run has read. */
  readonly readSpaces: Set<CanonRecord["space"]>;
  /** Positions of the host calls that were admitted; each is answered once. */
  readonly seen: Set<number>;
  /** Raised with a {@link StopCode} as its reason when the run has to end before it is done. */
  readonly stop: AbortController;
  /** Raised when the run is open no longer, however it ended: what is still done for it ends with it. */
  readonly ended: AbortController;
}

/**
 * The runs that are open now. A grant is worth something only while its run is in this table, so it ends with the
 * run, and every grant ends with this process.
 */
export class OpenRuns {
  /** Runs that may be open together. */
  readonly limit: number;
  readonly #runs = new Map<string, OpenRun>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get size(): number {
    return this.#runs.size;
  }

  /** @throws ProblemError `runners-busy` when `limit` runs are open */
  reserve(): void {
    if (this.#runs.size >= this.limit) {
      throw new ProblemError("runners-busy", `${this.#runs.size} runs are open (limit ${this.limit})`, {
        retryAfter: 1,
      });
    }
  }

  open(run: OpenRun): void {
    this.reserve();
    this.#runs.set(run.run, run);
  }

  /** @throws ProblemError `run-not-open` when the run is not open, is over its time, or the grant is not its own */
  admit(id: string, grant: string, now: number): OpenRun {
    const run = this.#runs.get(id);
    if (run === undefined || run.grant !== grant || now >= run.endsAt) {
      throw new ProblemError(
        "run-not-open",
        `run ${id} is not open under this grant; a grant ends with its run`,
      );
    }
    return run;
  }

  /** Whether this run is open and belongs to this principal. */
  belongs(id: string, principal: string): boolean {
    return this.#runs.get(id)?.caller.principal === principal;
  }

  /** Ends the grant at once and has the runner stopped. False when the run is not open, or past the point of stopping. */
  stop(id: string, code: StopCode): boolean {
    const run = this.#runs.get(id);
    if (run === undefined) return false;
    this.close(id);
    run.stop.abort(code);
    return true;
  }

  has(id: string): boolean {
    return this.#runs.has(id);
  }

  /** Ends the grants of every run of a licence, and answers how many there were. */
  closeOf(jti: string): number {
    const runs = [...this.#runs.values()].filter(({ caller }) => caller.licence?.jti === jti);
    for (const { run } of runs) this.close(run);
    return runs.length;
  }

  /** Ends every grant: what the runs ask for from now on is refused, and nothing of them lands but how they ended. */
  endAll(): void {
    for (const id of [...this.#runs.keys()]) this.close(id);
  }

  /** Ends the run's grant; a host call that arrives later is refused. */
  close(id: string): void {
    const run = this.#runs.get(id);
    this.#runs.delete(id);
    run?.ended.abort();
  }
}

/** Notes that the run has read a record: its level and its space are in whatever the run says from then on. */
export function noteRead(run: OpenRun, { loa, space }: Pick<CanonRecord, "loa" | "space">): void {
  run.readSpaces.add(space);
  if (compareLoa(loa, run.readHigh) > 0) run.readHigh = loa;
}
