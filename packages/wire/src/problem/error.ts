import type { ProblemCode } from "./table.ts";

export interface ProblemExtras {
  /** Overrides the row's general remedy with a more precise one. */
  readonly remedy?: string;
  readonly missing?: readonly string[];
  readonly decisionId?: string;
  /** Seconds for the Retry-After header. */
  readonly retryAfter?: number;
  /** Goes to the log, never to the wire. */
  readonly cause?: unknown;
}

/**
 * A refusal on its way to the caller. `detail` crosses the wire as it is: it states the value, the limit and the
 * place, and holds no secret, no path of this machine and no text of another caller.
 */
export class ProblemError extends Error {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly extras: ProblemExtras;

  constructor(code: ProblemCode, detail: string, extras: ProblemExtras = {}) {
    super(`${code}: ${detail}`, extras.cause === undefined ? undefined : { cause: extras.cause });
    this.name = "ProblemError";
    this.code = code;
    this.detail = detail;
    this.extras = extras;
  }
}
