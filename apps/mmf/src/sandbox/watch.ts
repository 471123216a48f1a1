import type { SandboxRun } from "../domain/sandbox.ts";
import type { RunnerProcess } from "./process.ts";
import type { RunnerLimits } from "./protocol.ts";

const MiB = 1024 * 1024;
/** What a runner needs beside the guest's memory, and how far the kernel's count may pass a limit before the host acts. */
const RUNNER_RESIDENT = 160 * MiB;
const CPU_SLACK_MS = 500;
const WATCH_MS = 100;

/** Wall time, the kernel's count of CPU time and memory, and the caller's own wish: each ends the runner from outside. */
export function watch(runner: RunnerProcess, request: SandboxRun, limits: RunnerLimits): () => void {
  const { wallMs, cpuMs } = request.limits;
  const before = runner.usage()?.cpuMs ?? 0;
  const started = performance.now();
  const rest = () => wallMs + (request.overtime?.() ?? 0) - (performance.now() - started);
  const late = () => {
    const ms = rest();
    // A timer may fire within the last millisecond before its time.
    if (ms >= 1) wall = setTimeout(late, ms);
    else runner.kill("wall-limit", `the run took longer than ${wallMs} ms`);
  };
  let wall = setTimeout(late, wallMs);
  const watch = setInterval(() => {
    const now = runner.usage();
    if (now === undefined) return;
    // Loading and running have a budget each.
    if (now.cpuMs - before > 2 * cpuMs + CPU_SLACK_MS) {
      runner.kill(
        "cpu-limit",
        `the run needed more than ${cpuMs} ms of CPU time and could not be interrupted`,
      );
    } else if (now.residentBytes > RUNNER_RESIDENT + limits.wasmBytes) {
      runner.kill("memory-limit", `the runner grew to ${now.residentBytes} bytes`);
    }
  }, WATCH_MS);
  const abort = () => runner.kill("cancelled", "the caller is gone");
  request.signal?.addEventListener("abort", abort, { once: true });
  if (request.signal?.aborted) abort();
  return () => {
    clearTimeout(wall);
    clearInterval(watch);
    request.signal?.removeEventListener("abort", abort);
  };
}
