import type { TrustResult } from "@sigil/policy";
import { z } from "zod";
import * as a from "./atoms.ts";

const finite = z.number();

/** A trust result with its exact waterfall: the contributions and the bias sum to the log-odds of the score. */
export const trustResult = z.looseObject({
  model: z.string().max(64),
  score: finite.min(0).max(1),
  threshold: finite.min(0).max(1),
  allowed: z.boolean(),
  bias: finite,
  contributions: z
    .array(z.looseObject({ feature: z.string().max(64), value: finite, weight: finite, logOdds: finite }))
    .max(32),
  reputation: z.looseObject({ mean: finite, sd: finite, value: finite, good: finite, bad: finite }),
}) as unknown as z.ZodType<TrustResult>;

export const reason = z.strictObject({ code: a.code, detail: a.text(1024) });
export const verdict = z.enum(["Allow", "Deny", "Defer", "ManualReview"]);
