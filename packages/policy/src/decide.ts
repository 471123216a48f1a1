import type { ActionRow } from "./actions.ts";
import type { Caller, Facts } from "./caller.ts";
import { PolicyError } from "./error.ts";
import { compareLoa, type Loa, minLoa } from "./loa.ts";
import { scopeAllows } from "./scope.ts";
import { actionRow, policyDigest } from "./table.ts";
import { scoreTrust, type TrustResult } from "./trust/score.ts";

export type ReasonCode =
  | "allowed"
  | "solo-quorum"
  | "action-unknown"
  | "caller-missing"
  | "service-only"
  | "out-of-scope"
  | "level-too-low"
  | "trust-too-low"
  | "quorum-required"
  | "decide-failed";

export interface Reason {
  readonly code: ReasonCode;
  readonly detail: string;
}

export interface Decision {
  readonly verdict: "allow" | "deny";
  readonly action: string;
  readonly principal: string | null;
  /** Effective level: the least along caller → module. */
  readonly loa: Loa | null;
  /** Why, never empty; the first is the one that a caller is told first. */
  readonly reasons: readonly Reason[];
  /** Digest of the table that decided. */
  readonly policy: string;
  readonly trust: TrustResult | null;
  /** HTTP status of this answer: 200, 401 without a caller, 403, 404 for what a caller may not know of. */
  readonly status: 200 | 401 | 403 | 404;
}

/**
 * Decides one action. Pure, synchronous and total: the same arguments give the same answer, and whatever goes wrong inside
 * is a deny with the reason `decide-failed`. Default deny: an action without a row, or a caller without what its row asks, is refused.
 * `now` is part of the question so that every fact that depends on time is the caller's to state.
 */
export function decide(action: string, caller: Caller | null, facts: Facts, _now: string): Decision {
  try {
    return judge(action, caller, facts);
  } catch (error) {
    const unknown = error instanceof PolicyError && error.code === "action-unknown";
    const code = unknown ? "action-unknown" : "decide-failed";
    const detail = unknown ? error.message : "the decision could not be made, so it is a refusal";
    return {
      verdict: "deny",
      action,
      principal: null,
      loa: null,
      reasons: [{ code, detail }],
      policy: policyDigest(),
      trust: null,
      status: unknown ? 404 : 403,
    };
  }
}

function judge(action: string, caller: Caller | null, facts: Facts): Decision {
  const row = actionRow(action);
  const loa = caller ? (caller.via ? minLoa(caller.loa, caller.via.loa) : caller.loa) : null;
  const answer = (
    status: Decision["status"],
    reasons: Reason[],
    trust: TrustResult | null = null,
  ): Decision => ({
    verdict: status === 200 ? "allow" : "deny",
    action,
    principal: caller?.principal ?? null,
    loa,
    reasons,
    policy: policyDigest(),
    trust,
    status,
  });
  if (row.least === "none") return answer(200, [{ code: "allowed", detail: `${action} needs no licence` }]);
  if (row.least === "service") {
    if (caller?.service)
      return answer(200, [{ code: "allowed", detail: `${action} answers the service ${caller.service}` }]);
    return answer(404, [{ code: "service-only", detail: `${action} answers Sigil's own services only` }]);
  }
  if (!caller || !loa)
    return answer(401, [
      { code: "caller-missing", detail: `${action} needs a licence of level ${row.least} or above` },
    ]);
  const denials = refusals(row, row.least, caller, loa, facts);
  const trust =
    row.trust === null
      ? null
      : scoreTrust({ loa, least: row.least, risk: row.risk, threshold: row.trust, facts });
  if (trust && !trust.allowed)
    denials.push({
      code: "trust-too-low",
      detail: `${action} needs a trust score of ${trust.threshold.toFixed(2)}; it is ${trust.score.toFixed(2)} now`,
    });
  if (denials.length > 0) return answer(403, denials, trust);
  const allowed: Reason[] = [{ code: "allowed", detail: `${loa} is at least ${row.least}` }];
  if (guarded(row))
    allowed.push({
      code: "solo-quorum",
      detail: `${action} has a quorum in its row; this runtime runs in solo mode`,
    });
  return answer(200, allowed, trust);
}

const guarded = (row: ActionRow): boolean =>
  row.quorum !== "none" && row.quorum !== "local" && row.quorum !== "proposal";

function refusals(row: ActionRow, least: Loa, caller: Caller, loa: Loa, facts: Facts): Reason[] {
  const reasons: Reason[] = [];
  if (compareLoa(loa, least) < 0) {
    const through = caller.via ? ` through module ${caller.via.module}` : "";
    reasons.push({
      code: "level-too-low",
      detail: `${row.action} needs ${least}; ${caller.principal} has ${loa}${through}`,
    });
  }
  if (caller.licence && !scopeAllows(caller.licence.scope, row.action))
    reasons.push({
      code: "out-of-scope",
      detail: `the licence's scope (${caller.licence.scope.join(", ") || "empty"}) does not cover ${row.action}`,
    });
  if (facts.mode === "quorum" && guarded(row))
    reasons.push({
      code: "quorum-required",
      detail: `${row.action} needs a committed proposal with its quorum (${row.quorum})`,
    });
  return reasons;
}
