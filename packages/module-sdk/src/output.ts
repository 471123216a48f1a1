/** What may become of a suggestion. */
export type Verdict = "Allow" | "Deny" | "Defer" | "ManualReview";

/** A claim for the audit: a sentence, or a flat object of bounded values. */
export type Claim = string | { [key: string]: string | number | boolean | null };

/** What a module answers: what it rests on, how it reasoned, what it suggests, and a verdict. */
export interface RuleZeroOutput {
  /** `ref` is an id that a host call of this run returned; anything else turns the verdict into ManualReview. */
  context: { ref: string; note?: string }[];
  reasoning: string;
  suggestion: string;
  verdict: Verdict;
  /** The module's own estimate, 0 to 1; it decides nothing. */
  trust?: number;
  /** 0 to 1. */
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
