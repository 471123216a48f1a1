import { PROBLEMS, type ProblemCode, ProblemError, toProblemError, WireError } from "@sigil/wire";
import type { RunEnd } from "./run-result.ts";

/** Client codes that say that the order never left this process. */
const NEVER_SENT: ReadonlySet<string> = new Set(["peer-unproved", "peer-halted", "client-closed"]);

/** System codes of a connection that was never made. One that broke may have carried the order. */
const NO_CONNECTION: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** Whether the call failed before a byte of its request left this process. */
export function neverSent({ code, cause }: WireError): boolean {
  if (code !== "peer-unreachable") return NEVER_SENT.has(code);
  const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
  return first instanceof Error && "code" in first && NO_CONNECTION.has(String(first.code));
}

/**
 * What a failed call to the module host means for the run: `failed` when it cannot have happened, `unknown` when it
 * may have; and what its caller is told.
 */
export function hostFailure(error: unknown, decisionId: string): { end: RunEnd; problem: ProblemError } {
  if (!(error instanceof WireError)) {
    return { end: { status: "unknown", code: "internal" }, problem: toProblemError(error) };
  }
  const { problem } = error;
  if (problem !== undefined && Object.hasOwn(PROBLEMS, problem.code) && problem.status !== 401) {
    // A refusal in so many words: below 500, or 503 before anything ran.
    const refused = problem.status < 500 || problem.status === 503;
    return {
      end: { status: refused ? "failed" : "unknown", code: problem.code },
      problem: new ProblemError(problem.code as ProblemCode, problem.detail, { decisionId, cause: error }),
    };
  }
  const told = toProblemError(error);
  return {
    end: { status: neverSent(error) ? "failed" : "unknown", code: error.code },
    problem: new ProblemError(told.code, told.detail, { ...told.extras, decisionId }),
  };
}
