import { type ActionRows, actionRowSchema, type Decision, explain, supposedFacts } from "@sigil/policy";
import { z } from "zod";
import * as a from "./atoms.ts";
import { made } from "./change.ts";
import { counterfactual, reason, trustModel, trustResult, waterfall } from "./trust.ts";

/**
 * `GET /v1/policy`: the action table and the trust model that decide here, or decided then, and the digest that decisions
 * cite. The model of a version of the table is the one with which it came into force.
 */
export const policyView = z.strictObject({
  version: a.index,
  made,
  modelVersion: a.index,
  digest: a.sha256Ref,
  model: trustModel,
  actions: z.array(actionRowSchema).max(1024),
});
export type PolicyView = z.infer<typeof policyView>;

/**
 * `POST /v1/policy/explanations`: what would be decided now, without asking for it. `level` supposes a licence of that
 * level (`nobody`: none at all) in place of the caller's own, `scope` another scope, `facts` other facts than those that hold.
 */
export const explanationRequest = z.strictObject({
  action: a.action,
  level: z.union([a.loa, z.literal("nobody")]).optional(),
  scope: z.array(z.string().max(64)).max(64).optional(),
  facts: supposedFacts.optional(),
});
export type ExplanationRequest = z.infer<typeof explanationRequest>;

/** What `decide` answers, and why. Nothing was done and no decision of the action exists. */
export const dryRun = z.strictObject({
  decision: z.strictObject({
    verdict: z.enum(["allow", "deny"]),
    action: a.action,
    principal: a.name.nullable(),
    loa: a.loa.nullable(),
    reasons: z.array(reason).max(64),
    policy: a.sha256Ref,
    trust: trustResult.nullable(),
    status: z.union([z.literal(200), z.literal(401), z.literal(403), z.literal(404)]),
  }) as unknown as z.ZodType<Decision>,
  sentences: z.array(z.string().max(2048)).max(64),
  waterfall,
  counterfactual,
});
export type DryRun = z.infer<typeof dryRun>;

/** Why a decision is as it is, as answers carry it, by the rows of the table that decided. */
export function explained(decision: Decision, rows?: ActionRows): Omit<DryRun, "decision"> {
  const { sentences, waterfall, counterfactual } = explain(decision, rows);
  return {
    sentences: [...sentences],
    waterfall: [...waterfall],
    counterfactual: [...counterfactual],
  };
}
