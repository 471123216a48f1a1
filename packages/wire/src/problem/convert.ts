import { CanonError } from "@sigil/canon";
import { PolicyError } from "@sigil/policy";
import type { z } from "zod";
import { ENVELOPE_CODES, GRANT_CODES, WireError, type WireErrorCode } from "../error.ts";
import { ProblemError } from "./error.ts";
import type { Problem } from "./schema.ts";
import { type ProblemCode, problemRow } from "./table.ts";

/** Wire codes that stand in the problem table under their own name: their messages are written for the wire. */
const own: ReadonlySet<string> = new Set<WireErrorCode>([
  ...ENVELOPE_CODES,
  ...GRANT_CODES,
  "challenge-malformed",
  "challenge-key-unknown",
  "payload-invalid",
  "payload-kind-unknown",
]);

/** What a failed call to a peer looks like from outside: the kind of failure, never the peer's address. */
const peers: Partial<Record<WireErrorCode, ProblemCode>> = {
  "peer-unreachable": "peer-unavailable",
  "peer-timeout": "peer-unavailable",
  "peer-halted": "peer-unavailable",
  "peer-aborted": "peer-unavailable",
  "peer-not-ready": "peer-unavailable",
  "client-closed": "service-draining",
  "peer-unproved": "peer-not-believed",
  "peer-response-invalid": "peer-not-believed",
  "peer-refused": "peer-failed",
};

/** A problem body of a code. */
export function problemBody(code: ProblemCode, detail: string, extras: ProblemError["extras"] = {}): Problem {
  const { status, title, remedy } = problemRow(code);
  return {
    type: `urn:sigil:problem:${code}`,
    title,
    status,
    detail: detail.slice(0, 4096),
    code,
    remedy: extras.remedy ?? remedy,
    ...(extras.decisionId === undefined ? {} : { decisionId: extras.decisionId }),
    ...(extras.missing === undefined
      ? {}
      : { missing: extras.missing.slice(0, 64).map((m) => m.slice(0, 512)) }),
  };
}

/**
 * Any thrown value as a ProblemError: total, and blind to internal text. What is not known to be written for the
 * wire becomes `internal` (500) with the same detail whatever happened; every refused licence becomes the one
 * outward shape `licence-refused`.
 */
export function toProblemError(error: unknown): ProblemError {
  if (error instanceof ProblemError) return error;
  if (error instanceof WireError) {
    if (own.has(error.code)) {
      return new ProblemError(error.code as ProblemCode, error.message, { cause: error });
    }
    const code = peers[error.code];
    if (code !== undefined) return new ProblemError(code, problemRow(code).title, { cause: error });
  }
  if (error instanceof PolicyError && error.code.startsWith("licence-")) {
    return new ProblemError("licence-refused", problemRow("licence-refused").title, { cause: error });
  }
  return new ProblemError("internal", problemRow("internal").title, { cause: error });
}

/** Any thrown value as a problem body; see `toProblemError`. */
export function toProblem(error: unknown): Problem {
  const known = toProblemError(error);
  return problemBody(known.code, known.detail, known.extras);
}

/** What strict parsing refused, as a problem: the fact and its place (`$.payload.items[3]`), never the text. */
export function bodyProblem(error: unknown): ProblemError {
  if (error instanceof CanonError) {
    return new ProblemError("body-malformed", `${error.code}: ${error.message}`, { cause: error });
  }
  return toProblemError(error);
}

/** What a schema refused, as a problem with one line per place. Values are not repeated. */
export function schemaProblem(
  code: "body-invalid" | "query-invalid" | "path-invalid",
  error: z.ZodError,
): ProblemError {
  const missing = error.issues.slice(0, 16).map((issue) => {
    const where = issue.path.length === 0 ? "$" : `$.${issue.path.map(String).join(".")}`;
    return `${where}: ${issue.message}`;
  });
  return new ProblemError(code, missing[0] ?? "the value does not have the shape of this route", {
    missing,
    cause: error,
  });
}
