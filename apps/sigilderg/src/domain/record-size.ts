import { CanonError, canonicalBytes, KINDS, type Kind } from "@sigil/canon";
import { ProblemError } from "@sigil/wire";

/** More than everything of a record beside its payload: names, ids, hashes, salt and time. */
const FRAME_BYTES = 2 * 1024;

/**
 * Refuses what a run stages before it is staged: it lands with everything else of the run or not at all, so one payload
 * that its kind does not hold would cost the whole record of the run.
 * @throws ProblemError `record-too-large`
 */
export function requireFits(kind: Kind, payload: unknown): void {
  const limit = KINDS[kind].maxBytes - FRAME_BYTES;
  try {
    canonicalBytes(payload, { maxBytes: limit });
  } catch (error) {
    if (!(error instanceof CanonError) || error.code !== "size-exceeded") throw error;
    throw new ProblemError("record-too-large", `a ${kind} record holds at most ${limit} bytes of this`, {
      cause: error,
    });
  }
}
