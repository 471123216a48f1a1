import { type ActionRows, BUILT_IN_ROWS, findAction } from "../action/lookup.ts";
import type { Caller, Via } from "../caller.ts";
import type { Decision } from "../decide.ts";
import type { Facts } from "../facts.ts";
import { type CaseCaller, DEFAULT_DENY, type PolicyCase } from "./case.ts";

/** A case that did not get its answer, and every way in which it did not. */
export interface CaseFailure {
  readonly id: string;
  readonly problems: readonly string[];
}

/** What a run of cases found. It passes when nothing failed and every row was hit. */
export interface CaseReport {
  readonly passed: number;
  readonly failures: readonly CaseFailure[];
  /** Rows of the table that no case is about. */
  readonly unhit: readonly string[];
  readonly ok: boolean;
}

type Decide = (action: string, caller: Caller | null, facts: Facts, now: string) => Decision;

/** No case depends on the time; every one is asked at the same. */
const NOW = "2026-01-01T00:00:00.000Z";

/**
 * Asks every case and compares verdict, reasons and the row that decided. A row is hit by a case that names it as its
 * rule and is decided by it; two cases of one id are a failure. `rows` are those that `decide` asks. Pure.
 */
export function runCases(
  cases: readonly PolicyCase[],
  decide: Decide,
  rows: ActionRows = BUILT_IN_ROWS,
): CaseReport {
  const failures: CaseFailure[] = [];
  const hit = new Set<string>();
  const seen = new Set<string>();
  for (const each of cases) {
    const decided = findAction(each.input.action, rows)?.action ?? DEFAULT_DENY;
    if (each.rule === decided) hit.add(decided);
    const facts: Facts = { mode: "solo", ...each.input.facts };
    const decision = decide(each.input.action, callerOf(each.input.caller), facts, NOW);
    const problems = [
      ...(seen.has(each.id) ? ["another case has this id"] : []),
      ...(each.rule === decided ? [] : [`expected the row ${each.rule} to decide, it was ${decided}`]),
      ...compare(each.expect, decision),
    ];
    seen.add(each.id);
    if (problems.length > 0) failures.push({ id: each.id, problems });
  }
  const unhit = [...rows.keys()].filter((action) => !hit.has(action));
  const ok = failures.length === 0 && unhit.length === 0;
  return { passed: cases.length - failures.length, failures, unhit, ok };
}

function compare({ verdict, reasons }: PolicyCase["expect"], decision: Decision): string[] {
  const said = decision.reasons.map(({ code }) => code);
  const because = decision.reasons.map(({ code, detail }) => `${code}: ${detail}`).join("; ");
  const problems: string[] = [];
  if (decision.verdict !== verdict) {
    problems.push(`expected ${verdict}, got ${decision.verdict}${because === "" ? "" : ` (${because})`}`);
  }
  const missing = reasons?.filter((code) => !said.includes(code)) ?? [];
  const surplus = reasons === undefined ? [] : said.filter((code) => !reasons.includes(code));
  if (missing.length > 0) problems.push(`the reasons lack ${missing.join(", ")}`);
  if (surplus.length > 0) problems.push(`the reasons have beside them ${surplus.join(", ")}`);
  return problems;
}

function callerOf(caller: CaseCaller | null): Caller | null {
  if (caller === null) return null;
  if ("service" in caller) return { principal: caller.service, loa: "Guest", service: caller.service };
  const { loa, scope = ["*"], via = [] } = caller;
  const chain = via.reduceRight<Via | undefined>(
    (inner, level, i) => ({
      module: `m${i + 1}`,
      loa: level,
      ...(inner === undefined ? {} : { via: inner }),
    }),
    undefined,
  );
  return {
    principal: "case",
    loa,
    licence: { jti: "case", serial: 1, scope },
    ...(chain === undefined ? {} : { via: chain }),
  };
}
