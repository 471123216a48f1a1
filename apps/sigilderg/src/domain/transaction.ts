import type { RecordDraft } from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import type { Clock } from "./clock.ts";
import type { MadeDecision } from "./decisions.ts";
import { decisionDraft, effectOf, type OutcomeStatus, outcomeDraft } from "./drafts.ts";

/** Who a record is by, as the author field of a draft wants it. */
export function authorOf(made: MadeDecision): {
  principal: string;
  loa: MadeDecision["body"]["loa"];
  run?: string;
  module?: string;
} {
  const { principal, loa, run, module } = made.body;
  return {
    principal,
    loa,
    ...(run === undefined ? {} : { run }),
    ...(module === undefined ? {} : { module }),
  };
}

/** Decision, effects and outcome of a write, in the order in which they land together. */
export function decidedWrite(
  made: MadeDecision,
  effects: readonly RecordDraft[],
  key: SigningKey,
  now: Clock,
  outcome: { status: OutcomeStatus; code?: string } = { status: "done" },
): RecordDraft[] {
  return [
    decisionDraft(made, key),
    ...effects,
    outcomeDraft(
      { decision: made.id, ...outcome, effects: effects.map(effectOf), ts: now() },
      authorOf(made),
      key,
    ),
  ];
}
