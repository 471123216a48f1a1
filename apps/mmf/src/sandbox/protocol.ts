/**
 * The pipe between MMF and a runner: JSON-RPC 2.0, one message a line. This file imports nothing:
 * both ends load it, and a runner may read only its own few files.
 *
 * | direction | method | params | result |
 * |---|---|---|---|
 * | to the runner | load | LoadParams | {} |
 * | to the runner | run | RunParams | RunResult |
 * | to the host | hostCall | HostCallParams | JSON text in a string |
 * | to the host | ready (notification) | {engine} | |
 */

/** SHA-256 of quickjs.wasm of quickjs-wasi 3.6.2; another engine is refused before it is compiled. */
export const ENGINE = {
  name: "quickjs-wasi@3.6.2",
  wasmSha256: "d4c9375f2b1ca4dc95f72c8aa2982a7a9951ac8011490d79c6582df732b4bbd9",
} as const;

/** No line from a runner is longer; a longer one ends the runner. Bytes. */
export const MAX_RUNNER_LINE = 4 * 1024 * 1024;

/** What one run may use. Bytes and milliseconds. */
export interface RunnerLimits {
  cpuMs: number;
  memoryBytes: number;
  wasmBytes: number;
  stackBytes: number;
  hostCalls: number;
  argumentBytes: number;
  outputBytes: number;
}

export interface LoadParams {
  digest: string;
  code: string;
  limits: RunnerLimits;
}

export interface RunParams {
  run: string;
  digest: string;
  /** JSON text. */
  input: string;
  /** Milliseconds since the epoch; the only time the guest ever sees. */
  now: number;
  limits: RunnerLimits;
}

export interface RunResult {
  /** JSON text that the guest made; unchecked. */
  output: string;
  cpuMs: number;
  memoryBytes: number;
}

export interface HostCallParams {
  run: string;
  seq: number;
  method: string;
  /** JSON text that the guest made; unchecked. */
  args: string;
}

/** Why a runner ended a load or a run. */
export type RunnerCode =
  | "cpu-limit"
  | "memory-limit"
  | "stack-limit"
  | "calls-limit"
  | "argument-too-large"
  | "output-too-large"
  | "guest-error"
  | "module-invalid"
  | "run-stalled"
  | "pending-calls";

export const RUNNER_CODES: readonly RunnerCode[] = [
  "cpu-limit",
  "memory-limit",
  "stack-limit",
  "calls-limit",
  "argument-too-large",
  "output-too-large",
  "guest-error",
  "module-invalid",
  "run-stalled",
  "pending-calls",
];

/** error.data of a failed load or run. */
export interface RunnerFault {
  code: RunnerCode;
  cpuMs: number;
  memoryBytes: number;
}

export interface RpcRequest {
  jsonrpc: "2.0";
  id: number;
  method: string;
  params: unknown;
}

export interface RpcResponse {
  jsonrpc: "2.0";
  id: number;
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}
