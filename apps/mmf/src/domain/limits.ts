import { KINDS } from "@sigil/canon";

export { type RunLimits, runLimits } from "@sigil/wire/module-package";

/** The arguments and results of all host calls of one run: what a `run.calls` record holds, less its frame. Bytes of JSON. */
export const MAX_CALLS_BYTES = KINDS["run.calls"].maxBytes - 32 * 1024;
