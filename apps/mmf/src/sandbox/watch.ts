import { PATIENCE } from "../domain/limits.ts";
import type { SandboxRun } from "../domain/sandbox.ts";
import type { RunnerProcess } from "./process.ts";
import type { RunnerLimits } from "./protocol.ts";

const MiB = 1024 * 1024;
/** What a runner needs beside the guest's memory, and how far the kernel's count may pass a limit before the host acts. */
const RUNNER_RESIDENT = 160 * MiB;
/** The kernel counts the compiler and the collector of the runner too. */
const CPU_SLACK_MS = 250;
const WATCH_MS = 100;
/** Node's longest timer. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** Wall time, the kernel's count of CPU time and memory, and the caller's own wish: each ends the runner from outside. */
export class Watch {
  readonly #runner: RunnerProcess;
  readonly #request: SandboxRun;
  readonly #limits: RunnerLimits;
  readonly #interval: NodeJS.Timeout;
  readonly #last: NodeJS.Timeout | undefined;
  readonly #abort = () => this.#runner.kill("cancelled", "the caller is gone");
  #wall: NodeJS.Timeout | undefined;
  /** What is left of the wall time, and of what may be spent in patient calls. Milliseconds. */
  #left: { wall: number; patience: number };
  #since = 0;
  /** Patient calls that are open. */
  #patient = 0;
  #cpuBefore = 0;

  constructor(runner: RunnerProcess, request: SandboxRun, limits: RunnerLimits) {
    this.#runner = runner;
    this.#request = request;
    this.#limits = limits;
    this.#left = { wall: request.limits.wallMs, patience: PATIENCE.ms };
    this.#arm();
    this.#interval = setInterval(() => this.#look(), WATCH_MS);
    const { signal, until } = request;
    if (until !== undefined) {
      const over = () => runner.kill("wall-limit", "the grant of the run is over");
      this.#last = setTimeout(over, Math.min(Math.max(0, until - Date.now()), MAX_TIMER_MS));
    }
    signal?.addEventListener("abort", this.#abort, { once: true });
    if (signal?.aborted) this.#abort();
  }

  /** Loading and running have a budget of CPU time each: called before either. */
  phase(): void {
    this.#cpuBefore = this.#runner.usage()?.cpuMs ?? 0;
  }

  /** While a patient call is open, the run spends its patience and not its wall time. */
  async during<T>(method: string, call: Promise<T>): Promise<T> {
    if (!PATIENCE.calls.has(method)) return await call;
    this.#pass(1);
    try {
      return await call;
    } finally {
      this.#pass(-1);
    }
  }

  stop(): void {
    clearTimeout(this.#wall);
    clearTimeout(this.#last);
    clearInterval(this.#interval);
    this.#wall = undefined;
    this.#request.signal?.removeEventListener("abort", this.#abort);
  }

  #pass(step: 1 | -1): void {
    if (this.#wall === undefined) return;
    this.#left[this.#spending] -= performance.now() - this.#since;
    this.#patient += step;
    this.#arm();
  }

  get #spending(): "wall" | "patience" {
    return this.#patient > 0 ? "patience" : "wall";
  }

  #arm(): void {
    clearTimeout(this.#wall);
    this.#since = performance.now();
    const spending = this.#spending;
    const { wallMs } = this.#request.limits;
    const sentence = {
      wall: `the run took longer than ${wallMs} ms`,
      patience: `the run waited longer than ${PATIENCE.ms} ms for ${[...PATIENCE.calls].join(", ")}`,
    };
    const end = () => this.#runner.kill("wall-limit", sentence[spending]);
    this.#wall = setTimeout(end, Math.max(0, this.#left[spending]));
  }

  #look(): void {
    const now = this.#runner.usage();
    if (now === undefined) return;
    const { cpuMs, wasmBytes } = this.#limits;
    if (now.cpuMs - this.#cpuBefore > cpuMs + CPU_SLACK_MS) {
      this.#runner.kill(
        "cpu-limit",
        `the run needed more than ${cpuMs} ms of CPU time and could not be interrupted`,
      );
    } else if (now.residentBytes > RUNNER_RESIDENT + wasmBytes) {
      this.#runner.kill("memory-limit", `the runner grew to ${now.residentBytes} bytes`);
    }
  }
}
