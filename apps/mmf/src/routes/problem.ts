import { type ProblemCode, ProblemError } from "@sigil/wire";
import { MmfError } from "../domain/error.ts";

/** What a refusal of the domain is on the wire. A code that is not here is a fault of this installation, not of the request. */
const PROBLEM: Partial<Record<MmfError["code"], ProblemCode>> = {
  "module-unknown": "module-unknown",
  "module-digest-mismatch": "module-digest-mismatch",
  "input-invalid": "input-invalid",
  "grant-mismatch": "body-invalid",
  "replay-module-absent": "replay-module-absent",
  "replay-engine-differs": "replay-engine-differs",
  "input-record-mismatch": "record-invalid",
  "runner-queue-full": "runners-busy",
  "isolation-unavailable": "runner-unavailable",
  "runner-start-failed": "runner-unavailable",
};

/** Runs `work`, and throws a refusal of the domain as a problem. */
export async function withProblems<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const code = error instanceof MmfError ? PROBLEM[error.code] : undefined;
    if (code === undefined) throw error;
    throw new ProblemError(code, (error as MmfError).message, {
      cause: error,
      ...(code === "runners-busy" && { retryAfter: 1 }),
    });
  }
}
