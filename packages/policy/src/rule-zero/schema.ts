import { z } from "zod";
import { type Claim, OUTPUT_LIMITS as max, type RuleZeroOutput } from "./output.ts";

/** Text that says something: an output that cannot explain itself has no trust. */
const said = (limit: number) => z.string().max(limit).regex(/\S/, "says nothing");

const claim: z.ZodType<Claim> = z.union([
  said(max.claim),
  z
    .record(
      z.string().regex(/^[a-z][a-zA-Z0-9]{0,31}$/, "[a-z][a-zA-Z0-9]{0,31}"),
      z.union([z.string().max(max.claimValue), z.number(), z.boolean(), z.null()]),
    )
    .refine((fields) => Object.keys(fields).length <= max.claimFields, `more than ${max.claimFields} fields`),
]);

/** The strict schema of a module's output: an unknown field, a silent reasoning or a number out of range is no output. */
export const ruleZeroOutput: z.ZodType<RuleZeroOutput> = z.strictObject({
  context: z
    .array(z.strictObject({ ref: said(max.ref), note: z.string().max(max.note).exactOptional() }))
    .max(max.contextEntries),
  reasoning: said(max.reasoning),
  suggestion: said(max.suggestion),
  verdict: z.enum(["Allow", "Deny", "Defer", "ManualReview"]),
  trust: z.number().min(0).max(1).exactOptional(),
  confidence: z.number().min(0).max(1),
  audit: z.array(claim).max(max.claims).exactOptional(),
});
