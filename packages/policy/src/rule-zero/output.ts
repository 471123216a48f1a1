import { z } from "zod";

const text = (max: number) => z.string().min(1).max(max);

/** A claim that the module makes for the audit: a sentence, or a flat object of bounded values. */
const claim = z.union([
  text(1024),
  z.record(
    z.string().regex(/^[a-z][a-zA-Z0-9]{0,31}$/),
    z.union([z.string().max(512), z.number(), z.boolean(), z.null()]),
  ),
]);

/**
 * What a module must answer (Rule Zero): what it rests on, how it reasoned, what it suggests, and a verdict. Strict and bounded; the
 * whole is bounded again in bytes by the run's output limit. `trust` is the module's own estimate and decides nothing.
 */
export const ruleZeroOutput = z.strictObject({
  context: z.array(z.strictObject({ ref: text(128), note: text(512).optional() })).max(512),
  reasoning: text(131_072).refine((reasoning) => reasoning.trim() !== "", "reasoning is only white space"),
  suggestion: text(65_536),
  verdict: z.enum(["Allow", "Deny", "Defer", "ManualReview"]),
  trust: z.number().min(0).max(1).optional(),
  confidence: z.number().min(0).max(1),
  audit: z.array(claim).max(512).optional(),
});
export type RuleZeroOutput = z.infer<typeof ruleZeroOutput>;

/** The output that stands for a run without one of its own: it says what went wrong and asks for a person. */
export const manualReviewOutput = (code: string, sentence: string): RuleZeroOutput => ({
  context: [],
  reasoning: `No output of the module counts: ${code}. ${sentence}`.trim(),
  suggestion: "Look at run.calls of this run, then mend the input or the module and run it again.",
  verdict: "ManualReview",
  confidence: 0,
});
