export type Verdict = "Allow" | "Deny" | "Defer" | "ManualReview";

/** Least restrictive first. */
export const VERDICTS: readonly Verdict[] = ["Allow", "Defer", "ManualReview", "Deny"];

/** The more restrictive of two: Deny > ManualReview > Defer > Allow. */
export const mostRestrictive = (a: Verdict, b: Verdict): Verdict =>
  VERDICTS.indexOf(a) >= VERDICTS.indexOf(b) ? a : b;

export interface VerdictInput {
  readonly module: Verdict;
  /** Every cited reference came from a host call of this run. */
  readonly refsOk: boolean;
  /** The trust that admitted the run. */
  readonly trustAllowed: boolean;
  /** Code of whatever went wrong. */
  readonly error?: string;
}

export interface EffectiveVerdict {
  readonly verdict: Verdict;
  readonly reasons: readonly { readonly code: string; readonly detail: string }[];
}

/** The verdict that counts: the most restrictive of the module's and of each rule's; Allow needs trust and true citations. */
export function effectiveVerdict(input: VerdictInput): EffectiveVerdict {
  const reasons = [{ code: "module-verdict", detail: `the module answered ${input.module}` }];
  let verdict = input.module;
  const restrict = (code: string, detail: string): void => {
    verdict = mostRestrictive(verdict, "ManualReview");
    reasons.push({ code, detail });
  };
  if (!(VERDICTS as readonly string[]).includes(input.module))
    restrict("verdict-unknown", "the module answered no verdict that exists");
  if (!input.refsOk)
    restrict("ref-unknown", "the output cites a reference that no host call of this run returned");
  if (!input.trustAllowed) restrict("trust-too-low", "the trust of this run does not allow an Allow");
  if (input.error !== undefined) restrict(input.error, `the run ended with ${input.error}`);
  return { verdict, reasons };
}
