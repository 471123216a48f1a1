import { limitSentence, type RunLimits } from "../domain/limits.ts";
import type { RunCode, SandboxOutcome, SandboxRun, Usage } from "../domain/sandbox.ts";
import { callHandler, isRunResult } from "./answers.ts";
import { RunnerEnded, type RunnerProcess, RunnerRefused } from "./process.ts";
import { RUNNER_CODES, type RunnerLimits } from "./protocol.ts";
import { Watch } from "./watch.ts";

/** Runs a module on a runner that nobody else uses meanwhile. Never rejects for anything that the module or the runner does. */
export async function execute(runner: RunnerProcess, request: SandboxRun): Promise<SandboxOutcome> {
  const started = performance.now();
  const limits = runnerLimits(request.limits);
  const watch = new Watch(runner, request, limits);
  runner.onCall = callHandler(request, watch);
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
      watch.phase();
      await load(runner, request, limits);
    }
    const { run, digest, input, now } = request;
    watch.phase();
    const result = await runner.request("run", { run, digest, input, now, limits });
    if (!isRunResult(result) || Buffer.byteLength(result.output) > limits.outputBytes) {
      runner.kill("protocol-error", "the result of a run has not the agreed shape");
      return failed("protocol-error", "the runner answered with something else than a result");
    }
    return { ok: true, output: result.output, usage: usage(result) };
  } catch (error) {
    if (error instanceof RunnerEnded) return failed(error.code, error.message);
    if (!(error instanceof RunnerRefused)) throw error;
    const { code } = error.fault ?? {};
    if (code === undefined || !RUNNER_CODES.includes(code)) {
      runner.kill("protocol-error", "a fault with an unknown code");
      return failed("protocol-error", "the runner answered with an unknown fault");
    }
    const sentence = limitSentence(code, request.limits) ?? error.message;
    // What a guest left behind at its memory limit is given back to the system, not to the next run.
    if (code === "memory-limit") runner.kill(code, sentence);
    return failed(code, sentence, error.fault);
  } finally {
    watch.stop();
    runner.onCall = () => undefined;
  }
}

/** A module that a runner loads before anybody asks for it. */
export interface WarmModule {
  digest: string;
  code: string;
  limits: RunLimits;
}

/** Loads modules that nearly every run will need. One that does not load says so to whoever runs it. */
export async function loadAhead(runner: RunnerProcess, modules: readonly WarmModule[]): Promise<void> {
  for (const module of modules) {
    try {
      await load(runner, module, runnerLimits(module.limits));
    } catch (error) {
      if (!(error instanceof RunnerRefused)) throw error;
    }
  }
}

/** Loads a module, and forgets the one that the runner gave up for it: a runner holds a bounded number of them. */
async function load(
  runner: RunnerProcess,
  { digest, code }: { digest: string; code: string },
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
