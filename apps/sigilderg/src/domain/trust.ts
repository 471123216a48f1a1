import { type Decision, effectiveLoa, evaluateTrust, explain, reputation } from "@sigil/policy";
import { ProblemError, type TrustCheck, type TrustStanding } from "@sigil/wire";
import type { Admitted } from "./admitted.ts";

/**
 * What trust says of the caller for one action, by the facts that hold now. About trust alone: level, scope and quorum are
 * no part of it.
 * @throws ProblemError `action-unknown` for an action without a row
 */
export function checkTrust({ caller, made }: Admitted, action: string, withExplanation: boolean): TrustCheck {
  const { rows, digest, model } = made.policy;
  const row = rows.get(action);
  if (row === undefined) {
    throw new ProblemError("action-unknown", `${action} has no row in the action table`, {
      decisionId: made.id,
    });
  }
  const loa = effectiveLoa(caller);
  const trust = evaluateTrust(row, loa, made.facts, model);
  const allowed = trust?.allowed ?? true;
  const check = {
    action,
    principal: caller.principal,
    loa,
    policy: digest,
    model: model.id,
    threshold: trust?.threshold ?? null,
    score: trust?.score ?? null,
    allowed,
  };
  if (!withExplanation) return check;
  const reasons: Decision["reasons"] = allowed ? [] : [{ code: "trust-too-low", detail: "" }];
  const verdict = allowed ? "allow" : "deny";
  const { waterfall, counterfactual } = explain({ action, verdict, reasons, trust }, rows);
  return {
    ...check,
    explanation: { trust, waterfall: [...waterfall], counterfactual: [...counterfactual] },
  };
}

/** The caller's standing, and its score beside the threshold of every row that asks for trust. */
export function trustStanding({ caller, made }: Admitted): TrustStanding {
  const { history, requestRate = 0 } = made.facts;
  const loa = effectiveLoa(caller);
  const { digest, model, actions } = made.policy;
  return {
    principal: caller.principal,
    loa,
    policy: digest,
    model,
    reputation: reputation(history?.good ?? 0, history?.bad ?? 0),
    incident: history?.incident ?? false,
    requestRate,
    actions: actions.flatMap((row) => {
      const trust = evaluateTrust(row, loa, made.facts, model);
      if (trust === null) return [];
      const { threshold, score, allowed } = trust;
      return [{ action: row.action, threshold, score, allowed }];
    }),
  };
}
