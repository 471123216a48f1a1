import type { RunnerLimits } from "./protocol.ts";

/** Which limit stopped the guest. The engine's own exception for it is not trusted: the guest can throw the same. */
type Stop = "cpu-limit" | "memory-limit" | "calls-limit" | "argument-too-large";

/** CPU time of this thread since its start, and what it stopped for. */
export class Meter {
  readonly limits: RunnerLimits;
  stop: Stop | undefined;
  memory: WebAssembly.Memory | undefined;
  readonly #start = cpuMicroseconds();

  constructor(limits: RunnerLimits) {
    this.limits = limits;
  }

  get cpuMs(): number {
    return (cpuMicroseconds() - this.#start) / 1000;
  }

  /** True once a limit is passed, and ever after: code that catches the interruption does not get further. */
  exceeded(): boolean {
    if (this.stop !== undefined) return true;
    if (this.cpuMs > this.limits.cpuMs) this.stop = "cpu-limit";
    else if (this.memory !== undefined && this.memory.buffer.byteLength > this.limits.wasmBytes) {
      this.stop = "memory-limit";
    }
    return this.stop !== undefined;
  }
}

function cpuMicroseconds(): number {
  const { user, system } = process.threadCpuUsage();
  return user + system;
}
