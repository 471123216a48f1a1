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

const VERDICTS: readonly string[] = ["Allow", "Deny", "Defer", "ManualReview"];
const FIELDS: readonly string[] = [
  "context",
  "reasoning",
  "suggestion",
  "verdict",
  "trust",
  "confidence",
  "audit",
];

/**
 * A light check of an output before it leaves the module, so that an author sees the field instead of a ManualReview. The host
 * checks again, in full.
 * @throws TypeError naming the field
 */
export function ruleZero(output: RuleZeroOutput): RuleZeroOutput {
  const refuse = (field: string, problem: string): never => {
    throw new TypeError(`Rule Zero: ${field} ${problem}`);
  };
  for (const field of Object.keys(output))
    if (!FIELDS.includes(field)) refuse(field, "is not a field of an output");
  if (!Array.isArray(output.context)) refuse("context", "is not a list");
  output.context.forEach((item, i) => {
    if (typeof item?.ref !== "string" || item.ref === "") refuse(`context[${i}].ref`, "is not an id");
  });
  for (const field of ["reasoning", "suggestion"] as const)
    if (typeof output[field] !== "string" || output[field].trim() === "") refuse(field, "says nothing");
  if (!VERDICTS.includes(output.verdict)) refuse("verdict", `is not one of ${VERDICTS.join(", ")}`);
  for (const field of ["confidence", "trust"] as const) {
    const value = output[field];
    if (field === "trust" && value === undefined) continue;
    if (typeof value !== "number" || !(value >= 0 && value <= 1))
      refuse(field, "is not a number from 0 to 1");
  }
  return output;
}
