import type { Loa } from "@sigil/canon/portable";
import { z } from "zod";
import { supposedFacts } from "../fact-schema.ts";
import { LOA } from "../loa.ts";
import { REASONS, type ReasonCode } from "../reason.ts";
import { SCOPE_PATTERN } from "../scope.ts";
import { DEFAULT_DENY, type PolicyCase } from "./case.ts";

const level = z.enum(LOA as readonly [Loa, ...Loa[]]);

/** The strict schema of a file of cases. */
export const policyCases: z.ZodType<{ $schema?: string; v: 1; cases: PolicyCase[] }> = z.strictObject({
  $schema: z.string().max(512).exactOptional(),
  v: z.literal(1),
  cases: z
    .array(
      z.strictObject({
        id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,127}$/, "[a-z0-9][a-z0-9.-]{0,127}"),
        input: z.strictObject({
          action: z.string().max(128),
          caller: z
            .union([
              z.strictObject({
                loa: level,
                scope: z
                  .array(z.string().regex(SCOPE_PATTERN, "*, object.* or object.verb"))
                  .max(64)
                  .exactOptional()
                  .describe("the licence's scope; * unless given"),
                via: z
                  .array(level)
                  .min(1)
                  .max(16)
                  .exactOptional()
                  .describe("levels of the modules that the call came through"),
              }),
              z.strictObject({ service: z.enum(["sigilderg", "mmf"]) }),
            ])
            .nullable()
            .describe("null: nobody, no licence"),
          facts: supposedFacts.exactOptional().describe("mode is solo unless given"),
        }),
        expect: z.strictObject({
          verdict: z.enum(["allow", "deny"]),
          reasons: z
            .array(z.enum(Object.keys(REASONS) as [ReasonCode, ...ReasonCode[]]))
            .max(16)
            .exactOptional()
            .describe("exactly these, in any order; not compared unless given"),
        }),
        rule: z.string().max(128).describe(`the row that decides, or ${DEFAULT_DENY}`),
      }),
    )
    .min(1)
    .max(10_000),
});
