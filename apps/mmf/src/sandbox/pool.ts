import { MmfError } from "../domain/error.ts";
import type { Sandbox, SandboxOutcome, SandboxRun } from "../domain/sandbox.ts";
import { execute, loadAhead, type WarmModule } from "./execute.ts";
import { findBubblewrap, type Isolation, runnerCommand } from "./isolation.ts";
import { type RunnerFiles, runnerFiles } from "./paths.ts";
import { type RunnerEnded, RunnerProcess } from "./process.ts";
import { Turns } from "./turns.ts";

const MiB = 1024 * 1024;

/** A runner is replaced after so many runs, or when it keeps more memory than this between runs. */
const RECYCLE = { runs: 500, residentBytes: 256 * MiB };

export interface PoolSettings {
  /** Runs at the same time. */
  runners: number;
  isolation: Isolation;
  /** Runs that may wait for a runner; one more is refused. Default 64. */
  queue?: number;
  files?: RunnerFiles;
  /** Modules of one publisher that some runners load before they are given a run, so that no caller waits for it. */
  warm?: { publisher: string; modules: readonly WarmModule[] };
  /** False when no module of a publisher other than the warm one's is installed: no runner waits for one then. Default true. */
  strangers?: boolean;
  recycle?: Partial<typeof RECYCLE>;
  /** Where bubblewrap is; looked for on PATH unless given. */
  bubblewrap?: string;
}

/**
 * Warm, disposable runners: one run at a time each, `runners` of them in use at most, and always one more that is started
 * and waits, so that nobody meets the cold start of the successor of a runner that was ended. One waits with the warm
 * publisher's modules, one without any, for everybody else: whoever was given a runner keeps it until it ends.
 */
export class RunnerPool implements Sandbox {
  readonly #settings: PoolSettings;
  readonly #files: RunnerFiles;
  readonly #command: string[];
  readonly #recycle: typeof RECYCLE;
  readonly #turns: Turns;
  /** The last used first; those that have run nothing yet at the end. */
  readonly #idle: RunnerProcess[] = [];
  readonly #prepared = new WeakMap<RunnerProcess, Promise<void>>();
  readonly #all = new Set<RunnerProcess>();
  #strangers: boolean;
  #closed = false;

  /** @throws MmfError isolation-unavailable when the outer layer is demanded and absent. */
  constructor(settings: PoolSettings) {
    this.#settings = settings;
    this.#files = settings.files ?? runnerFiles();
    const bubblewrap = settings.bubblewrap ?? findBubblewrap();
    this.#command = runnerCommand(this.#files, settings.isolation, bubblewrap);
    this.#recycle = { ...RECYCLE, ...settings.recycle };
    this.#turns = new Turns(settings.runners, settings.queue ?? 64);
    this.#strangers = settings.warm === undefined || (settings.strangers ?? true);
    this.#refill();
  }

  /** Resolves when a runner is started and waits. @throws MmfError runner-start-failed, isolation-unavailable. */
  async ready(): Promise<void> {
    const [first] = this.#idle;
    if (first === undefined) return;
    await this.#prepared.get(first)?.catch((end: RunnerEnded) => {
      // Bubblewrap is there and may do nothing: the system does not let this user make namespaces.
      const outer = this.#settings.isolation === "strict" && end.message.includes("bwrap: ");
      const code = outer ? "isolation-unavailable" : "runner-start-failed";
      throw new MmfError(code, `a runner did not start: ${end.message}`, { cause: end });
    });
  }

  /** Not ready until one runner is started and waits, or works. */
  readiness(): { ready: boolean; reasons: { code: string; detail: string }[] } {
    const ready = this.#turns.busy > 0 || this.#idle.some((runner) => runner.alive && runner.started);
    const detail = "no runner has started yet; when this lasts, the log says why";
    return { ready, reasons: ready ? [] : [{ code: "runner-unavailable", detail }] };
  }

  async run(request: SandboxRun): Promise<SandboxOutcome> {
    this.#refuseWhenClosed();
    // Who leaves while waiting has had nothing run, and no runner is ended for it.
    if (!(await this.#turns.take(request.signal))) {
      const usage = { cpuMs: 0, wallMs: 0, memoryBytes: 0 };
      return { ok: false, code: "cancelled", message: "the caller left before the run began", usage };
    }
    try {
      const runner = await this.#take(request.publisher);
      try {
        return await execute(runner, request);
      } finally {
        this.#release(runner);
      }
    } finally {
      this.#turns.leave();
    }
  }

  /** Process ids of every runner that lives. */
  get pids(): number[] {
    return [...this.#all].flatMap((runner) => runner.pid ?? []);
  }

  /** Process ids of the idle runners that have run or loaded modules of this publisher. */
  runnersOf(publisher: string): number[] {
    return this.#idle.flatMap((runner) => (runner.publisher === publisher ? (runner.pid ?? []) : []));
  }

  /** Ends every runner; open runs end as cancelled. */
  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#all];
    for (const runner of all) runner.kill("cancelled", "the service is stopping");
    await Promise.all(all.map((runner) => runner.ended));
  }

  #refuseWhenClosed(): void {
    if (this.#closed) throw new MmfError("runner-queue-full", "the service is stopping; try again later");
  }

  async #take(publisher: string): Promise<RunnerProcess> {
    if (publisher !== this.#settings.warm?.publisher) this.#strangers = true;
    for (let attempt = 0; attempt < 3; attempt++) {
      this.#refuseWhenClosed();
      const runner = this.#claim(publisher) ?? this.#claim(undefined) ?? this.#spawn(undefined);
      runner.publisher = publisher;
      // After this run's request is written: to start a process takes this one a moment.
      setImmediate(() => this.#refill());
      try {
        await this.#prepared.get(runner);
        return runner;
      } catch {
        // It died before it was ready; another one is tried.
      }
    }
    throw new MmfError("runner-start-failed", "three runners in a row did not start; see the log for why");
  }

  /** An idle runner of this publisher, or one that is nobody's yet. */
  #claim(publisher: string | undefined): RunnerProcess | undefined {
    const at = this.#idle.findIndex((runner) => runner.publisher === publisher && runner.alive);
    return at === -1 ? undefined : this.#idle.splice(at, 1)[0];
  }

  #release(runner: RunnerProcess): void {
    runner.runs++;
    const { runs, residentBytes } = this.#recycle;
    const worn = runner.runs >= runs || (runner.usage()?.residentBytes ?? 0) > residentBytes;
    if (worn) runner.kill("cancelled", "worn out");
    if (this.#closed) runner.kill("cancelled", "the service is stopping");
    if (runner.alive) this.#idle.unshift(runner);
    const used = this.#idle.filter((idle) => idle.runs > 0);
    // One for each run at a time is enough: the one that nobody has asked for longest makes room.
    for (const idle of used.slice(this.#settings.runners)) idle.kill("cancelled", "made room for others");
    this.#refill();
  }

  /** There is always one that has run nothing yet: with the warm publisher's modules, and without any when others may ask. */
  #refill(): void {
    if (this.#closed) return;
    const { warm } = this.#settings;
    const fresh = this.#idle.filter((runner) => runner.runs === 0 && runner.alive);
    const waits = (publisher: string | undefined) => fresh.some((runner) => runner.publisher === publisher);
    if (warm !== undefined && !waits(warm.publisher)) this.#idle.push(this.#spawn(warm.publisher));
    if (this.#strangers && !waits(undefined)) this.#idle.push(this.#spawn(undefined));
  }

  /** A runner for the warm publisher, or one that is nobody's yet. */
  #spawn(publisher: string | undefined): RunnerProcess {
    const runner = new RunnerProcess(this.#command, this.#files.entry);
    runner.publisher = publisher;
    this.#all.add(runner);
    const modules = publisher === undefined ? [] : (this.#settings.warm?.modules ?? []);
    const prepared = runner.ready.then(() => loadAhead(runner, modules));
    prepared.catch(() => {});
    this.#prepared.set(runner, prepared);
    void runner.ended.then(() => {
      this.#all.delete(runner);
      const at = this.#idle.indexOf(runner);
      if (at !== -1) this.#idle.splice(at, 1);
      // A runner that cannot start is tried again when somebody asks for it, not for ever by itself.
      if (runner.started) this.#refill();
    });
    return runner;
  }
}
