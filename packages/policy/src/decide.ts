import type { Loa } from "@sigil/canon/portable";
import type { ActionRow } from "./action/row.ts";
import { type Caller, effectiveLoa } from "./caller.ts";
import { PolicyError } from "./error.ts";
import { type Facts, unsoundFact } from "./facts.ts";
import { rankLoa } from "./loa.ts";
import { lockedDown } from "./lockdown.ts";
import type { Policy } from "./policy.ts";
import { quorumNeeded, quorumSkipped } from "./quorum/required.ts";
import { type DecisionStatus, REASONS, type Reason, type ReasonCode } from "./reason.ts";
import { scopeAllows } from "./scope.ts";
import { evaluateTrust, type TrustResult } from "./trust/evaluate.ts";

/** The answer to one question. A deny has at least one reason; an allow has none but marks. */
export interface Decision {
  readonly verdict: "allow" | "deny";
  readonly action: string;
  readonly principal: string | null;
  /** Effective level: the lowest along the chain. Null when there is no licence. */
  readonly loa: Loa | null;
  readonly reasons: readonly Reason[];
  /** Digest of the action table that decided. */
  readonly policy: string;
  readonly trust: TrustResult | null;
  readonly status: DecisionStatus;
}

/** The question as far as it could be read, and the reasons against. */
interface Findings {
  loa: Loa | null;
  trust: TrustResult | null;
  readonly reasons: Reason[];
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** `decide` over the policy that is built in. */
export function bindDecide(builtIn: Policy) {
  /**
   * Whether the caller may do the action under a policy; the built-in one unless another is given. Pure, synchronous, total
   * and deterministic: default deny, an unknown action denies, and anything that throws inside is itself a deny
   * (`policy-failed`). `now` is RFC 3339 with milliseconds and Z.
   */
  return function decide(
    action: string,
    caller: Caller | null,
    facts: Facts,
    now: string,
    policy: Policy = builtIn,
  ): Decision {
    let findings: Findings = { loa: null, trust: null, reasons: [] };
    let principal: string | null = null;
    try {
      principal = caller?.principal ?? null;
      const row = policy.rows.get(action);
      if (row === undefined) {
        findings.reasons.push({
          code: "action-unknown",
          detail: "there is no such action; what has no row in the table is denied",
        });
      } else {
        examine({ row, policy }, caller, facts, now, findings);
      }
    } catch (thrown) {
      findings = {
        loa: null,
        trust: null,
        reasons: [{ code: "policy-failed", detail: `not decided, so denied: ${describe(thrown)}` }],
      };
    }
    const denied = findings.reasons.some(({ code }) => REASONS[code] !== 200);
    return {
      verdict: denied ? "deny" : "allow",
      action: typeof action === "string" ? action : "",
      principal: typeof principal === "string" ? principal : null,
      loa: findings.loa,
      reasons: findings.reasons,
      policy: policy.digest,
      trust: findings.trust,
      status: statusOf(findings.reasons),
    };
  };
}

/** The row that decides, and the policy that it stands in. */
interface Rule {
  readonly row: ActionRow;
  readonly policy: Policy;
}

function examine(
  { row, policy }: Rule,
  caller: Caller | null,
  facts: Facts,
  now: string,
  findings: Findings,
): void {
  const against = (code: ReasonCode, detail: string): void => {
    findings.reasons.push({ code, detail });
  };
  const unsound = INSTANT.test(now) ? unsoundFact(facts) : "now is not RFC 3339 with milliseconds and Z";
  if (unsound !== undefined) {
    against("facts-invalid", `${unsound}; a decision needs sound facts`);
    return;
  }
  if (lockedDown(row, facts, policy.rows)) {
    against("locked-down", `${row.action} is stopped: this Sigil is in lockdown, and only reads go on`);
  }
  if (row.least === "service") {
    if (caller?.service !== row.by || caller?.via !== undefined) {
      against("service-only", `${row.action} is for the service ${row.by} alone; no licence opens it`);
    }
    return;
  }
  if (row.least === "none") return;
  if (caller?.licence === undefined || caller.licence === null) {
    against("licence-required", `${row.action} needs a licence of ${row.least} or above; present one`);
    return;
  }
  findings.loa = effectiveLoa(caller);
  examineLicensed(
    { row, policy, least: row.least, loa: findings.loa, scope: caller.licence.scope },
    facts,
    findings,
    against,
  );
  if (findings.reasons.length === 0 && facts.visible === false) {
    against("not-found", "there is nothing here that the caller may know of");
  }
  const skipped = facts.mode === "solo" ? quorumSkipped(row, facts) : undefined;
  if (findings.reasons.length === 0 && skipped !== undefined) {
    against("solo-mode", `allowed by one person: in quorum mode ${row.action} needs ${skipped}`);
  }
}

interface Licensed extends Rule {
  readonly least: Loa;
  readonly loa: Loa;
  readonly scope: readonly string[];
}

function examineLicensed(
  { row, policy, least, loa, scope }: Licensed,
  facts: Facts,
  findings: Findings,
  against: (code: ReasonCode, detail: string) => void,
): void {
  const { action } = row;
  if (rankLoa(loa) < rankLoa(least)) against("level-too-low", `have ${loa}, ${action} needs ${least}`);
  if (!scopeAllows(scope, action)) {
    against("out-of-scope", `the licence's scope does not cover ${action}; it covers ${inWords(scope)}`);
  }
  if (row.witness === true && facts.witness !== true) {
    against("witness-required", `${action} is for active registered witnesses; the caller is none`);
  }
  const trust = evaluateTrust(row, loa, facts, policy.model);
  findings.trust = trust;
  if (trust?.allowed === false) {
    against(
      "trust-too-low",
      `trust is ${trust.score.toFixed(2)}, ${action} needs ${trust.threshold.toFixed(2)}`,
    );
  }
  const asked = facts.mode === "quorum" && facts.approved !== true;
  const needed = asked ? quorumNeeded(row, facts) : undefined;
  if (needed !== undefined) {
    against("quorum-required", `${action} needs ${needed}; create a proposal with proposal.create`);
  }
}

const SHOWN = 4;

/** A scope in few words: a reason is a sentence, not a list of 64. */
function inWords(scope: readonly string[]): string {
  if (scope.length === 0) return "nothing";
  const more = scope.length - SHOWN;
  return `${scope.slice(0, SHOWN).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

/** 401 before 404 before 403: who is not known learns nothing else. */
function statusOf(reasons: readonly Reason[]): DecisionStatus {
  const statuses = reasons.map(({ code }) => REASONS[code]);
  return ([401, 404, 403] as const).find((status) => statuses.includes(status)) ?? 200;
}

/** Only sentences of this package: what else was thrown is internal, and a decision crosses the wire. */
function describe(thrown: unknown): string {
  return thrown instanceof PolicyError ? thrown.message : "a value does not have its shape";
}
