import type { Feature, TrustModel, TrustResult, WaterfallStep } from "@sigil/policy";
import { z } from "zod";
import * as a from "./atoms.ts";

const finite = z.number();
const share = finite.min(0).max(1);

const reputation = z.looseObject({ mean: finite, sd: finite, value: finite, good: finite, bad: finite });

/** A trust result with its exact waterfall: the contributions and the bias sum to the log-odds of the score. */
export const trustResult = z.looseObject({
  model: z.string().max(64),
  score: share,
  threshold: share,
  allowed: z.boolean(),
  bias: finite,
  contributions: z
    .array(z.looseObject({ feature: z.string().max(64), value: finite, weight: finite, logOdds: finite }))
    .max(32),
  reputation,
}) as unknown as z.ZodType<TrustResult>;

/** A logistic model: the log-odds of trust are `bias` plus each weight times its feature. */
export const trustModel = z.strictObject({
  id: z.string().max(64),
  bias: finite,
  weights: z.record(z.string().max(64), finite) as unknown as z.ZodType<Record<Feature, number>>,
}) as unknown as z.ZodType<TrustModel>;

export const reason = z.strictObject({ code: a.code, detail: a.text(1024) });
export const verdict = z.enum(["Allow", "Deny", "Defer", "ManualReview"]);

/** The steps from the bias to the score; the last one's `logit` is exactly the sum. Empty where no trust is asked. */
export const waterfall = z
  .array(
    z.strictObject({
      feature: z.string().max(64),
      value: finite.nullable(),
      logOdds: finite,
      logit: finite,
      score: share,
    }) as unknown as z.ZodType<WaterfallStep>,
  )
  .max(33);
/** What would have to be different, a sentence each; empty for an allow. */
export const counterfactual = z.array(z.string().max(2048)).max(64);

/** `GET /v1/trust/:action`. */
export const byAction = z.strictObject({ action: a.action });
export const trustQuery = z.strictObject({ explain: z.enum(["true", "false"]).optional() });

/**
 * What trust says of the caller for one action now. `threshold` and `score` are null where the row asks for no trust;
 * `allowed` is about trust alone: level, scope and quorum are for `decide`. `explanation` comes with `?explain=true`.
 */
export const trustCheck = z.strictObject({
  action: a.action,
  principal: a.name,
  loa: a.loa,
  policy: a.sha256Ref,
  model: z.string().max(64),
  threshold: share.nullable(),
  score: share.nullable(),
  allowed: z.boolean(),
  explanation: z.strictObject({ trust: trustResult.nullable(), waterfall, counterfactual }).optional(),
});
export type TrustCheck = z.infer<typeof trustCheck>;

/** `GET /v1/trust`: the caller's standing, and its score beside the threshold of every row that asks for trust. */
export const trustStanding = z.strictObject({
  principal: a.name,
  loa: a.loa,
  policy: a.sha256Ref,
  model: trustModel,
  /** Weighted, decayed evidence and what it amounts to. */
  reputation: z.strictObject({ mean: finite, sd: finite, value: share, good: finite, bad: finite }),
  incident: z.boolean(),
  requestRate: share,
  actions: z
    .array(z.strictObject({ action: a.action, threshold: share, score: share, allowed: z.boolean() }))
    .max(1024),
});
export type TrustStanding = z.infer<typeof trustStanding>;
