import { type ActionRows, explain } from "@sigil/policy";
import type { ResponseOf } from "@sigil/wire";
import type { DecisionBody } from "./decisions.ts";

/**
 * A recorded decision in sentences, with its exact waterfall and what would change the answer, by the rows of the table that
 * decided.
 */
export function explainDecision(
  body: DecisionBody,
  rows?: ActionRows,
): ResponseOf<"sigilderg GET /v1/decisions/:id/explanation"> {
  const { action, principal, loa, verdict, reasons, policy, trust } = body;
  const status = verdict === "allow" ? 200 : 403;
  const explanation = explain({ verdict, action, principal, loa, reasons, policy, trust, status }, rows);
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
