import { type RuleZeroOutput, ruleZero } from "@sigil/module-sdk";

/** The output for an input that is not acted upon: Defer, with the reason's name first. */
export function refused(code: string, detail: string): RuleZeroOutput {
  return ruleZero({
    context: [],
    reasoning: `${code}: ${detail}.`,
    suggestion: "Nothing was done. Correct the input and run the journal again.",
    verdict: "Defer",
    confidence: 1,
    audit: [{ refused: code }],
  });
}
