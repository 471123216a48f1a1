import type { RunFault } from "./faults.ts";
import type { Verdict } from "./output.ts";

/** Verdicts from the laxest to the most restrictive. */
export const VERDICTS: readonly Verdict[] = ["Allow", "Defer", "ManualReview", "Deny"];

/** Deny > ManualReview > Defer > Allow. A value that is no verdict counts as Deny. */
export function mostRestrictive(first: Verdict, ...rest: readonly Verdict[]): Verdict {
  let strictest = 0;
  for (const verdict of [first, ...rest]) {
    const rank = VERDICTS.indexOf(verdict);
    strictest = Math.max(strictest, rank === -1 ? VERDICTS.length - 1 : rank);
  }
  return VERDICTS[strictest] ?? "Deny";
}

/**
 * Why the effective verdict is stricter than the module's own. Code and sentence are of a closed list: they stand in the
 * chain, which is never erased, so neither may hold a word of a module or a user.
 */
export interface VerdictReason {
  code: "output-missing" | "ref-unknown" | "trust-too-low" | RunFault;
  detail: string;
}

const SENTENCES = {
  "output-missing": "the run brought forth no valid output",
  "ref-unknown": "the context cites a reference that no host call of this run returned",
  "trust-too-low": "the trust of this run does not allow it; Allow needs trust.allowed",
} as const;

const reason = (code: keyof typeof SENTENCES): VerdictReason => ({ code, detail: SENTENCES[code] });

export interface EffectiveVerdict {
  verdict: Verdict;
  reasons: VerdictReason[];
}

/**
 * The verdict that counts: the most restrictive of the module's own and what Rule Zero says of the run. Never laxer than
 * the module's own. `module` is null when there was no valid output; `refsOk` says that every reference came from a host
 * call of this run; `error` is what ended the run. Whoever has the same facts comes to the same verdict and reasons: the
 * module host, the control plane that does not believe it, and a verifier years later.
 */
export function effectiveVerdict(facts: {
  module: Verdict | null;
  refsOk: boolean;
  trustAllowed: boolean;
  error?: RunFault;
}): EffectiveVerdict {
  const reasons: VerdictReason[] = [];
  const { module, refsOk, trustAllowed, error } = facts;
  if (error !== undefined) reasons.push({ code: error, detail: `the run ended with ${error}` });
  if (module === null && error === undefined) reasons.push(reason("output-missing"));
  if (refsOk !== true) reasons.push(reason("ref-unknown"));
  if (trustAllowed !== true) reasons.push(reason("trust-too-low"));
  const own = module ?? "ManualReview";
  return { verdict: reasons.length === 0 ? own : mostRestrictive(own, "ManualReview"), reasons };
}
