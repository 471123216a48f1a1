import type { SandboxRun } from "../domain/sandbox.ts";
import type { HostCallParams, RunResult } from "./protocol.ts";
import type { Watch } from "./watch.ts";

/** Accepts host calls of this run only, in order, and no more than allowed: the runner's own counting is not trusted. */
export function callHandler(request: SandboxRun, watch: Watch) {
  let expected = 0;
  return (params: unknown) => {
    if (!isHostCall(params) || params.run !== request.run || params.seq !== expected) return undefined;
    if (expected++ >= request.limits.hostCalls) return undefined;
    if (Buffer.byteLength(params.args) > request.limits.argumentBytes) return undefined;
    return watch
      .during(params.method, request.call(params.seq, params.method, params.args))
      .then((outcome) =>
        outcome.ok ? { result: outcome.result } : { error: { code: outcome.code, message: outcome.message } },
      );
  };
}

function isHostCall(value: unknown): value is HostCallParams {
  const params = value as Partial<HostCallParams> | null;
  return (
    typeof params === "object" &&
    params !== null &&
    typeof params.run === "string" &&
    typeof params.seq === "number" &&
    typeof params.method === "string" &&
    typeof params.args === "string"
  );
}

/** The shape only; what the output says is Rule Zero's to judge. */
export function isRunResult(value: unknown): value is RunResult {
  const result = value as Partial<RunResult> | null;
  return (
    typeof result === "object" &&
    result !== null &&
    typeof result.output === "string" &&
    typeof result.cpuMs === "number" &&
    typeof result.memoryBytes === "number"
  );
}
