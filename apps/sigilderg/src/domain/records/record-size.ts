import { CanonError, canonicalBytes, KINDS, type Kind } from "@sigil/canon";
import { ProblemError } from "@sigil/wire";

/** More than everything of a record beside its payload: names, ids, hashes, salt and time. */
const FRAME_BYTES = 2 * 1024;

/**
 * Refuses a payload that a record of its kind cannot hold, in bytes or in depth, before anything is made of it. What a
 * run stages lands with everything else of the run or not at all: one such payload would cost the record of the run.
 * @throws ProblemError `record-too-large`, `record-invalid`
 */
export function requireFits(kind: Kind, payload: unknown): void {
  const limit = KINDS[kind].maxBytes - FRAME_BYTES;
  try {
    // As deep as it stands in a request to the store.
    canonicalBytes({ records: [{ payload }] }, { maxBytes: limit });
  } catch (error) {
    if (!(error instanceof CanonError)) throw error;
    if (error.code === "size-exceeded") {
      throw new ProblemError("record-too-large", `a ${kind} record holds at most ${limit} bytes of this`, {
        cause: error,
      });
    }
    throw new ProblemError("record-invalid", `a ${kind} record does not hold this: ${error.code}`, {
      cause: error,
    });
  }
}
