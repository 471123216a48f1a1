import { explain } from "@sigil/policy";
import type { ResponseOf } from "@sigil/wire";
import type { DecisionBody } from "./decisions.ts";

/** A recorded decision in sentences, with its exact waterfall and what would change the answer. */
export function explainDecision(
  body: DecisionBody,
): ResponseOf<"sigilderg GET /v1/decisions/:id/explanation"> {
  const { action, principal, loa, verdict, reasons, policy, trust } = body;
  const status = verdict === "allow" ? 200 : 403;
  const explanation = explain({ verdict, action, principal, loa, reasons, policy, trust, status });
  return {
    id: body.id,
    verdict,
    reasons: [...reasons],
    sentences: [...explanation.sentences],
    waterfall: [...explanation.waterfall],
    counterfactual: explanation.counterfactual,
    trust,
  };
}
