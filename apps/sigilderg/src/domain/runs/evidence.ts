import { type Json, type RecordDraft, recordHash } from "@sigil/canon";
import { type Violation, violationOf } from "@sigil/policy";
import { PROBLEMS } from "@sigil/wire";
import { SERVICE_PRINCIPAL } from "../authority.ts";
import type { MadeDecision } from "../decisions/decisions.ts";
import { evidenceStream, hoursBefore, type KeptViolation, type ViolationLimit } from "../force/violations.ts";
import { draft } from "../records/drafts.ts";
import type { Projection } from "../records/projection.ts";
import { authorOf } from "../records/transaction.ts";
import type { CheckedAnswer } from "./chain-check.ts";
import type { OpenRun } from "./open-runs.ts";

/** What the end of a run was found to say against its module: the violation, and with the last one too many its suspension. */
export interface Evidence {
  readonly violation: Violation;
  readonly drafts: readonly RecordDraft[];
}

/**
 * Judges the end of a run whose answer was believed, and counts what it finds at once, so that runs which end together
 * count each other. Undefined when nothing speaks against the module. The records land with the end of the run.
 */
export function evidenceOf(
  made: MadeDecision,
  run: OpenRun,
  checked: CheckedAnswer,
  { modules, violations }: Pick<Projection, "modules" | "violations">,
  limit: ViolationLimit,
  now: string,
): Evidence | undefined {
  const violation = violationOf({
    reasons: checked.reasons.map(({ code }) => code),
    ...callsOf(run, checked),
  });
  if (violation === undefined) return undefined;
  const { id, digest } = run.module;
  const [, , chain] = checked.records;
  const found = draft({
    kind: "module.violation",
    space: "system",
    stream: evidenceStream(id),
    loa: "Observer",
    author: { ...authorOf(made), run: run.run, module: id, decision: made.id },
    payload: { id, digest, violation, run: run.run, chain: recordHash(chain) },
  });
  violations.expect(found, now);
  const after = modules.forgivenAt(id, digest);
  const counted = violations.counted(id, digest, after, hoursBefore(now, limit.hours));
  const suspends = counted.length >= limit.violations && modules.stopped(id, digest) === undefined;
  const drafts = suspends ? [found, suspension(made, counted.slice(-100), limit)] : [found];
  return { violation, drafts };
}

/** By the control plane itself: nobody asked for it. */
function suspension(
  { id: decision, facts }: MadeDecision,
  counted: readonly KeptViolation[],
  limit: ViolationLimit,
): RecordDraft {
  const { id, digest } = counted[0] as KeptViolation;
  const kinds = [...Map.groupBy(counted, ({ violation }) => violation)].map(
    ([violation, each]) => `${violation} × ${each.length}`,
  );
  return draft({
    kind: "module.suspended",
    space: "system",
    stream: evidenceStream(id),
    loa: "Observer",
    author: { principal: SERVICE_PRINCIPAL, loa: "Root", decision },
    payload: {
      ...{ id, digest, limit: { ...limit }, mode: facts.mode },
      evidence: counted.map(({ record, violation, run, chain }) => ({ record, violation, run, chain })),
      reason: `${counted.length} violations within ${limit.hours} hours: ${kinds.join(", ")}`,
    },
  });
}

/** Refusals that say nothing of what was asked: the grant had ended, the call never came to be decided, a model failed. */
const NOBODYS_FAULT: ReadonlySet<string> = new Set([
  "control-plane-unavailable",
  "locked-down",
  "rate-limited",
  "run-not-open",
]);

function isOutage(code: string): boolean {
  if (NOBODYS_FAULT.has(code) || code.startsWith("llm-")) return true;
  return Object.hasOwn(PROBLEMS, code) && PROBLEMS[code as keyof typeof PROBLEMS].status >= 500;
}

/** How the host calls of a run went, by what was admitted here and what the module host says became of each. */
function callsOf(run: OpenRun, { records: [calls] }: CheckedAnswer) {
  const told = calls.payload.calls as unknown as { seq: number; error?: { code: string }; result?: Json }[];
  const answered = new Set(told.map(({ seq }) => seq));
  return {
    callFailed: told.some(({ error }) => error !== undefined && isOutage(error.code)),
    callUnanswered: [...run.seen].some((seq) => !answered.has(seq)),
  };
}
