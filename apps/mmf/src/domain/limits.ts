import { KINDS } from "@sigil/canon";
import { LIMIT_NAMES, LIMITS, type RunLimits } from "@sigil/wire/module-package";

export { type RunLimits, runLimits } from "@sigil/wire/module-package";

/** The arguments and results of all host calls of one run: what a `run.calls` record holds, less its frame. Bytes of JSON. */
export const MAX_CALLS_BYTES = KINDS["run.calls"].maxBytes - 32 * 1024;

/**
 * Host calls that take their time elsewhere, and what one run may spend in them in all, beside its wall time: a minute, and
 * what it takes the control plane to say that it took longer. Milliseconds.
 */
export const PATIENCE: { readonly calls: ReadonlySet<string>; readonly ms: number } = {
  calls: new Set(["llm.complete"]),
  ms: 62_000,
};

/** The sentence for a run that ended at a limit; undefined for a code that is none. Of the host: a runner sends codes. */
export function limitSentence(code: string, limits: RunLimits): string | undefined {
  const name = LIMIT_NAMES.find((limit) => LIMITS[limit].code === code);
  if (name === undefined) return undefined;
  return `the run needed more than ${limits[name]} ${LIMITS[name].of}; do less per run, or ask for more in the manifest`;
}
