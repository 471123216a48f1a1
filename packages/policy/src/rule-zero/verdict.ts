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

/** Why the effective verdict is stricter than the module's own. */
export interface VerdictReason {
  code: "output-missing" | "ref-unknown" | "run-error" | "trust-too-low";
  detail: string;
}

export interface EffectiveVerdict {
  verdict: Verdict;
  reasons: VerdictReason[];
}

/**
 * The verdict that counts: the most restrictive of the module's own and what Rule Zero says of the run. Never laxer than
 * the module's own. `module` is null when there was no valid output; `refsOk` says that every reference came from a host
 * call of this run; `error` is the code of whatever ended the run.
 */
export function effectiveVerdict(facts: {
  module: Verdict | null;
  refsOk: boolean;
  trustAllowed: boolean;
  error?: string;
}): EffectiveVerdict {
  const reasons: VerdictReason[] = [];
  const { module, refsOk, trustAllowed, error } = facts;
  if (error !== undefined) reasons.push({ code: "run-error", detail: `the run ended with ${error}` });
  if (module === null && error === undefined) {
    reasons.push({ code: "output-missing", detail: "the run brought forth no valid output" });
  }
  if (refsOk !== true) {
    reasons.push({
      code: "ref-unknown",
      detail: "the context cites a reference that no host call of this run returned",
    });
  }
  if (trustAllowed !== true) {
    reasons.push({
      code: "trust-too-low",
      detail: "the trust of this run does not allow it; Allow needs trust.allowed",
    });
  }
  const own = module ?? "ManualReview";
  return { verdict: reasons.length === 0 ? own : mostRestrictive(own, "ManualReview"), reasons };
}
