import { runLimits } from "../../src/domain/limits.ts";
import type { CallOutcome, SandboxRun } from "../../src/domain/sandbox.ts";

let count = 0;

/** A run of a module whose `run(input, ctx)` has this body, under the default limits. */
export function guestRun(body: string, settings: Partial<SandboxRun> = {}): SandboxRun {
  return moduleRun(`export default { async run(input, ctx) { ${body} } };`, settings);
}

/** A run of a module with this source text. Every source has a digest of its own, as it would have in a package. */
export function moduleRun(code: string, settings: Partial<SandboxRun> = {}): SandboxRun {
  count++;
  return {
    run: `run-${count}`,
    digest: `digest-${count}`,
    publisher: "tester",
    code,
    input: '{"x":1}',
    now: Date.parse("2026-11-22T12:00:00.000Z"),
    limits: runLimits({}),
    call: answer({}),
    ...settings,
  };
}

/** A host that answers every call with the same result. */
export function answer(result: object): () => Promise<CallOutcome> {
  return () => Promise.resolve({ ok: true, result: JSON.stringify(result) });
}
