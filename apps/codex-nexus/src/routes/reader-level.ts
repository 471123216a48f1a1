import type { Loa } from "@sigil/canon";
import { ProblemError, type VerifiedRequest } from "@sigil/wire";

/** The level that SigilDERG reads with. It stands in the envelope, never in the body; without it nothing is read. */
export function readerLevel(envelope: VerifiedRequest): Loa {
  if (envelope.ctx === undefined) {
    throw new ProblemError("envelope-context", "the envelope carries no ctx, and so no level to read with");
  }
  return envelope.ctx.loa;
}
