/** What may become of a suggestion. */
export type Verdict = "Allow" | "Deny" | "Defer" | "ManualReview";

/** A record that the output rests on: an id that a host call of the same run returned. */
export interface ContextRef {
  ref: string;
  note?: string;
}

/** What the module puts on record beside its answer: a sentence, or a flat object of bounded values. */
export type Claim = string | { [key: string]: string | number | boolean | null };

/** What a module returns: an answer that explains itself. */
export interface RuleZeroOutput {
  context: ContextRef[];
  reasoning: string;
  suggestion: string;
  verdict: Verdict;
  /** The module's own estimate, 0…1. It decides nothing. */
  trust?: number;
  /** 0…1. */
  confidence: number;
  audit?: Claim[];
}

/** Bounds of an output. Lengths are UTF-16 units; the whole output is at most 256 KiB of UTF-8. */
export const OUTPUT_LIMITS = {
  contextEntries: 256,
  ref: 256,
  note: 1_024,
  reasoning: 131_072,
  suggestion: 131_072,
  claims: 512,
  claim: 1_024,
  claimFields: 32,
  claimValue: 512,
} as const;

/**
 * The output that stands in for one that a run did not bring forth: it allows nothing and says why. `code` is a
 * kebab-case fact, `sentence` is cut to the limit of `reasoning`.
 */
export function manualReviewOutput(code: string, sentence: string): RuleZeroOutput {
  return {
    context: [],
    reasoning: `${code}: ${sentence}`.slice(0, OUTPUT_LIMITS.reasoning).toWellFormed(),
    suggestion: "Have a person look at this run; nothing that it asked for was done.",
    verdict: "ManualReview",
    confidence: 0,
  };
}
