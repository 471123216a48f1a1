import type { RunFault } from "@sigil/policy";
import type { RunLimits } from "./limits.ts";

/** Why a run ended without an output that may be looked at. Each becomes a ManualReview output that says so. */
export type RunCode = RunFault;

/** What a host call of the guest came to. `error.message` is safe to show to the module. */
export type CallOutcome =
  | { ok: true; result: string /* JSON text */ }
  | { ok: false; code: string; message: string };

export interface SandboxRun {
  run: string;
  /** Digest of the module's manifest: the name under which a runner keeps the loaded module. */
  digest: string;
  /** Runs of different publishers never share a runner. */
  publisher: string;
  code: string;
  /** JSON text. */
  input: string;
  /** The only time the guest sees. Milliseconds since the epoch. */
  now: number;
  limits: RunLimits;
  /** Whatever it waits for, the run is over then: its grant is. Milliseconds since the epoch. */
  until?: number;
  /** Answers one host call. `args` is JSON text that the guest made. Never rejects. */
  call(seq: number, method: string, args: string): Promise<CallOutcome>;
  signal?: AbortSignal;
}

export interface Usage {
  cpuMs: number;
  wallMs: number;
  memoryBytes: number;
}

export type SandboxOutcome =
  | { ok: true; output: string /* JSON text that the guest made */; usage: Usage }
  | { ok: false; code: RunCode; message: string; usage: Usage };

/** Where foreign code runs. */
export interface Sandbox {
  /** @throws MmfError runner-queue-full, runner-start-failed: nothing of the module has run. */
  run(request: SandboxRun): Promise<SandboxOutcome>;
}
