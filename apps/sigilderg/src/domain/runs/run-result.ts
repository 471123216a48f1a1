import { type CanonRecord, type Json, type RecordDraft, recordHash } from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import { chainLink } from "../chains/chains.ts";
import type { Clock } from "../clock.ts";
import { listOf } from "../decisions/decision-batch.ts";
import type { MadeDecision } from "../decisions/decisions.ts";
import type { Stopped } from "../force/modules.ts";
import {
  batchDraft,
  draft,
  type Effect,
  effectOf,
  type OutcomeStatus,
  outcomeDraft,
} from "../records/drafts.ts";
import { authorOf, decidedWrite } from "../records/transaction.ts";
import type { CheckedAnswer } from "./chain-check.ts";
import { heldDrafts } from "./held.ts";
import type { RunAnswer } from "./module-host.ts";
import type { OpenRun, StagedWrite } from "./open-runs.ts";

/** How a run ended, beside its records. */
export interface RunEnd {
  readonly status: OutcomeStatus;
  readonly code?: string;
}

/** The end of a run whose answer was believed. */
export type FinishedEnd = RunEnd & { readonly status: "done" | "held" | "failed" };

/**
 * A run is done only if its output says Allow after every check, and nothing has stopped its module meanwhile; anything else
 * is held for a review, or has failed.
 */
export function runEnd(answer: RunAnswer, stopped: Stopped | undefined): FinishedEnd {
  if (answer.status === "failed") return { status: "failed", code: answer.code ?? "run-failed" };
  if (answer.status === "held" || answer.verdict !== "Allow") {
    return { status: "held", ...(answer.code === undefined ? {} : { code: answer.code }) };
  }
  if (stopped !== undefined) return { status: "held", code: `module-${stopped}` };
  return { status: "done" };
}

/**
 * Everything that lands when a run has ended, in one transaction: its writes (each with decision and outcome) only if
 * it is done, what it logged and claimed, its calls, output and chain, what these say against its module, that it waits
 * for a review if it is held, and last the outcome of the run's own decision.
 */
export function runResult(
  made: MadeDecision,
  run: OpenRun,
  checked: CheckedAnswer,
  end: RunEnd,
  evidence: readonly RecordDraft[],
  key: SigningKey,
  now: Clock,
): (RecordDraft | CanonRecord)[] {
  const writes =
    end.status === "done"
      ? run.writes.filter(({ seq }) => checked.confirmed.has(seq)).map(explained(checked.records[2]))
      : [];
  const alongside = [...logDraft(made, run), ...claimDrafts(made, run)];
  const held = heldDrafts(made, run, checked, end);
  const effects: Effect[] = [
    ...writes.map(({ effect }) => effectOf(effect)),
    ...alongside.map(effectOf),
    ...checked.records.map(effectOf),
    ...[...evidence, ...held].map(effectOf),
  ];
  return [
    ...writes.flatMap(({ made: write, effect }) => decidedWrite(write, [effect], key, now)),
    ...(run.withRun.length === 0 ? [] : [batchDraft(listOf(run.withRun), now(), key)]),
    ...alongside,
    ...checked.records,
    ...evidence,
    ...held,
    outcomeDraft({ decision: made.id, ...end, effects, ts: now() }, runAuthor(made, run), key),
  ];
}

/** A write with a link to the chain that explains it: whoever reads the record finds why it was written. */
function explained(chain: CanonRecord): (write: StagedWrite) => StagedWrite {
  const link = chainLink(recordHash(chain));
  return ({ effect, ...write }) => ({ ...write, effect: { ...effect, links: [...effect.links, link] } });
}

function runAuthor(made: MadeDecision, run: OpenRun) {
  return { ...authorOf(made), run: run.run, module: run.module.id };
}

function logDraft(made: MadeDecision, run: OpenRun): RecordDraft[] {
  if (run.log.length === 0) return [];
  return [
    runDraft(made, run, "run.log", `log/${run.run}`, {
      run: run.run,
      module: run.module.id,
      entries: run.log.map((entry) => ({ ...entry })),
    }),
  ];
}

function claimDrafts(made: MadeDecision, run: OpenRun): RecordDraft[] {
  return run.claims.map(({ seq, claim }) =>
    runDraft(made, run, "audit.event", `audit/${run.run}`, {
      run: run.run,
      module: run.module.id,
      seq,
      claim,
    }),
  );
}

function runDraft(
  made: MadeDecision,
  run: OpenRun,
  kind: "run.log" | "audit.event",
  stream: string,
  payload: Record<string, Json>,
): RecordDraft {
  return draft({
    kind,
    space: "user",
    stream,
    loa: run.readHigh,
    author: { ...runAuthor(made, run), decision: made.id },
    payload,
  });
}
