import { MmfError } from "../domain/error.ts";
import type { RunLimits } from "../domain/limits.ts";
import type { RunCode, Sandbox, SandboxOutcome, SandboxRun, Usage } from "../domain/sandbox.ts";
import { callHandler, isRunResult } from "./answers.ts";
import { findBubblewrap, type Isolation, runnerCommand } from "./isolation.ts";
import { type RunnerFiles, runnerFiles } from "./paths.ts";
import { RunnerEnded, RunnerProcess, RunnerRefused } from "./process.ts";
import { RUNNER_CODES, type RunnerLimits } from "./protocol.ts";
import { watch } from "./watch.ts";

const MiB = 1024 * 1024;

/** A runner is replaced after so many runs, or when it keeps more memory than this between runs. */
const MAX_RUNS = 500;
const MAX_IDLE_RESIDENT = 256 * MiB;
export interface PoolSettings {
  /** Runs at the same time. */
  runners: number;
  isolation: Isolation;
  /** Runs that may wait for a runner; one more is refused. Default 64. */
  queue?: number;
  files?: RunnerFiles;
  /** Modules of one publisher that every runner loads before it is given a run, so that no caller waits for it. */
  warm?: WarmModules;
}

export interface WarmModules {
  publisher: string;
  modules: readonly { digest: string; code: string; limits: RunLimits }[];
}

/**
 * Warm, disposable runners: one run at a time each, `runners` of them in use at most, and always one more that is started
 * and waits, so that nobody meets the cold start of the successor of a runner that was ended.
 */
export class RunnerPool implements Sandbox {
  readonly #settings: PoolSettings;
  readonly #files: RunnerFiles;
  readonly #command: string[];
  readonly #idle: RunnerProcess[] = [];
  readonly #prepared = new WeakMap<RunnerProcess, Promise<void>>();
  readonly #all = new Set<RunnerProcess>();
  readonly #queue: (() => void)[] = [];
  #busy = 0;
  #closed = false;

  /** @throws MmfError isolation-unavailable when the outer layer is demanded and absent. */
  constructor(settings: PoolSettings) {
    this.#settings = settings;
    this.#files = settings.files ?? runnerFiles();
    this.#command = runnerCommand(this.#files, settings.isolation, findBubblewrap());
    this.#refill();
  }

  /** Resolves when a runner is started and waits. @throws MmfError runner-start-failed. */
  async ready(): Promise<void> {
    const [first] = this.#idle;
    if (first === undefined) return;
    await this.#prepared.get(first)?.catch((end: RunnerEnded) => {
      throw new MmfError("runner-start-failed", `a runner did not start: ${end.message}`, { cause: end });
    });
  }

  /** Not ready until one runner is started and waits, or works. */
  readiness(): { ready: boolean; reasons: { code: string; detail: string }[] } {
    const ready = this.#busy > 0 || this.#idle.some((runner) => runner.alive && runner.started);
    const detail = "no runner has started yet; when this lasts, the log says why";
    return { ready, reasons: ready ? [] : [{ code: "runner-unavailable", detail }] };
  }

  async run(request: SandboxRun): Promise<SandboxOutcome> {
    await this.#turn();
    try {
      return await this.#runOn(await this.#take(request.publisher), request);
    } finally {
      this.#leave();
    }
  }

  /** Process ids of every runner that lives. */
  get pids(): number[] {
    return [...this.#all].flatMap((runner) => runner.pid ?? []);
  }

  /** Process ids of the idle runners that have run modules of this publisher. */
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

  async #turn(): Promise<void> {
    if (this.#closed) throw new MmfError("runner-queue-full", "the service is stopping; try again later");
    if (this.#busy < this.#settings.runners) {
      this.#busy++;
      return;
    }
    const limit = this.#settings.queue ?? 64;
    if (this.#queue.length >= limit) {
      throw new MmfError("runner-queue-full", `${limit} runs are waiting already; try again later`);
    }
    await new Promise<void>((resolve) => this.#queue.push(resolve));
  }

  /** Gives the place to whoever waits longest; it is never free in between. */
  #leave(): void {
    const next = this.#queue.shift();
    if (next === undefined) this.#busy--;
    else next();
  }

  async #take(publisher: string): Promise<RunnerProcess> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const used = this.#idle.findIndex((runner) => runner.publisher === publisher);
      const at = used === -1 ? this.#idle.findIndex((runner) => runner.publisher === undefined) : used;
      const [runner] = at === -1 ? [this.#spawn()] : this.#idle.splice(at, 1);
      // All idle runners belong to other publishers: the oldest of them makes room.
      if (at === -1) this.#idle.shift()?.kill("cancelled", "made room for another publisher");
      this.#refill();
      if (runner === undefined) continue;
      try {
        await this.#prepared.get(runner);
        runner.publisher = publisher;
        return runner;
      } catch {
        // It died before it was ready; another one is tried.
      }
    }
    throw new MmfError("runner-start-failed", "three runners in a row did not start; see the log for why");
  }

  async #runOn(runner: RunnerProcess, request: SandboxRun): Promise<SandboxOutcome> {
    const started = performance.now();
    const limits = runnerLimits(request.limits);
    const stopWatching = watch(runner, request, limits);
    runner.onCall = callHandler(request);
    const usage = (of: { cpuMs: number; memoryBytes: number }): Usage => ({
      cpuMs: Math.round(of.cpuMs),
      wallMs: Math.round(performance.now() - started),
      memoryBytes: of.memoryBytes,
    });
    const failed = (code: RunCode, message: string, of = { cpuMs: 0, memoryBytes: 0 }): SandboxOutcome => ({
      ok: false,
      code,
      message,
      usage: usage(of),
    });
    try {
      if (!runner.digests.has(request.digest)) {
        await load(runner, request.digest, request.code, limits);
      }
      const { run, digest, input, now } = request;
      const result = await runner.request("run", { run, digest, input, now, limits });
      if (!isRunResult(result) || Buffer.byteLength(result.output) > limits.outputBytes) {
        runner.kill("protocol-error", "the result of a run has not the agreed shape");
        return failed("protocol-error", "the runner answered with something else than a result");
      }
      return { ok: true, output: result.output, usage: usage(result) };
    } catch (error) {
      if (error instanceof RunnerEnded) return failed(error.code, error.message);
      if (!(error instanceof RunnerRefused)) throw error;
      if (!RUNNER_CODES.includes(error.fault?.code)) {
        runner.kill("protocol-error", "a fault with an unknown code");
        return failed("protocol-error", "the runner answered with an unknown fault");
      }
      // What a guest left behind at its memory limit is given back to the system, not to the next run.
      if (error.fault.code === "memory-limit") runner.kill("memory-limit", error.message);
      return failed(error.fault.code, error.message, error.fault);
    } finally {
      stopWatching();
      runner.onCall = () => undefined;
      this.#release(runner);
    }
  }

  #release(runner: RunnerProcess): void {
    runner.runs++;
    const worn = runner.runs >= MAX_RUNS || (runner.usage()?.residentBytes ?? 0) > MAX_IDLE_RESIDENT;
    if (runner.alive && worn) runner.kill("cancelled", "worn out");
    if (runner.alive && !this.#closed && this.#idle.length <= this.#settings.runners)
      this.#idle.unshift(runner);
    else if (runner.alive) runner.kill("cancelled", "not needed any more");
    this.#refill();
  }

  /** There is always one that has run nothing yet. */
  #refill(): void {
    if (this.#closed || this.#idle.some((runner) => runner.runs === 0)) return;
    const spare = this.#spawn();
    this.#idle.push(spare);
  }

  #spawn(): RunnerProcess {
    const runner = new RunnerProcess(this.#command, this.#files.entry);
    this.#all.add(runner);
    const prepared = runner.ready.then(() => this.#warm(runner));
    prepared.catch(() => {});
    this.#prepared.set(runner, prepared);
    void runner.ended.then(() => {
      this.#all.delete(runner);
      const at = this.#idle.indexOf(runner);
      if (at !== -1) this.#idle.splice(at, 1);
    });
    return runner;
  }

  /** Loads what nearly every run will need. A module that does not load says so to whoever runs it. */
  async #warm(runner: RunnerProcess): Promise<void> {
    const { warm } = this.#settings;
    if (warm === undefined) return;
    runner.publisher = warm.publisher;
    for (const { digest, code, limits } of warm.modules) {
      try {
        await load(runner, digest, code, runnerLimits(limits));
      } catch (error) {
        if (!(error instanceof RunnerRefused)) throw error;
      }
    }
  }
}

/** Loads a module, and forgets the one that the runner gave up for it: a runner holds a bounded number of them. */
async function load(
  runner: RunnerProcess,
  digest: string,
  code: string,
  limits: RunnerLimits,
): Promise<void> {
  const answer = (await runner.request("load", { digest, code, limits })) as { evicted?: unknown } | null;
  if (typeof answer?.evicted === "string") runner.digests.delete(answer.evicted);
  runner.digests.add(digest);
}

/** WebAssembly's memory holds the guest's, its stack and the engine: twice as much as the guest may have. */
function runnerLimits(limits: RunLimits): RunnerLimits {
  return { ...limits, wasmBytes: 2 * limits.memoryBytes };
}
