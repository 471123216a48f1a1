import { CanonError, KINDS, kindRow } from "@sigil/canon";
import { checkPayload, ProblemError } from "@sigil/wire";
import type { AppendRequest } from "./records.ts";

/** A batch commits at most this many records, and so does a request. */
export const BATCH_LIMIT = 256;

/**
 * What can be refused without knowing the log: kinds, payloads, spaces, repeated ids. Throws a ProblemError (or wire's
 * payload error) for the first record that is not acceptable; nothing is queued then.
 */
export function admit(
  { records }: AppendRequest,
  by: { readonly restoring?: boolean; readonly rotating?: boolean } = {},
): void {
  const ids = new Set<string>();
  if (records.length === 0 || records.length > BATCH_LIMIT) {
    throw new ProblemError(
      "body-invalid",
      `a request carries 1 to ${BATCH_LIMIT} records, not ${records.length}`,
    );
  }
  for (const [at, { id, kind, space, stream, payload }] of records.entries()) {
    if (ids.has(id))
      throw new ProblemError("record-id-taken", `$.records[${at}].id appears twice in the request`);
    ids.add(id);
    checkPayload(kind, payload);
    const spaces: readonly string[] = Object.hasOwn(KINDS, kind) ? kindRow(kind).spaces : [];
    if (!spaces.includes(space)) {
      throw new ProblemError(
        "author-not-allowed",
        `$.records[${at}].space: ${kind} lives in ${spaces.join(" or ")}`,
      );
    }
    if (space === "user" && stream.startsWith("system/")) {
      throw new ProblemError(
        "author-not-allowed",
        `$.records[${at}].stream: system/ is for records of system space`,
      );
    }
    if (kind === "system.epoch" && by.restoring !== true) {
      throw new ProblemError(
        "author-not-allowed",
        `$.records[${at}].kind: only a restore writes the first record of an epoch`,
      );
    }
    if (kind === "key.rotated" && by.rotating !== true) {
      throw new ProblemError(
        "author-not-allowed",
        `$.records[${at}].kind: only the store records the rotation of a key`,
      );
    }
    if (kind === "system.genesis") {
      throw new ProblemError(
        "author-not-allowed",
        `$.records[${at}].kind: only bootstrap writes a genesis record`,
      );
    }
  }
}

/** What canon refuses in a record, as a problem that names place and fact and never the text. */
export function recordProblem(error: unknown, at: number): unknown {
  if (!(error instanceof CanonError)) return error;
  const code = error.code === "size-exceeded" ? "record-too-large" : "record-invalid";
  return new ProblemError(code, `$.records[${at}]: ${error.code}: ${error.message}`, { cause: error });
}
