import type { RecordDraft } from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import { PROBLEMS, ProblemError } from "@sigil/wire";
import { authorityOf } from "../admitted.ts";
import type { Clock } from "../clock.ts";
import { type MadeDecision, recording } from "../decisions/decisions.ts";
import { decisionDraft, effectOf, type OutcomeStatus, outcomeDraft } from "./drafts.ts";
import type { Store } from "./store.ts";

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

/**
 * Lands the decision of a durable action that was allowed and then came to nothing, so that the id that the caller is told
 * names a record. Any other decision is recorded already. Resolves with the id when it landed here.
 */
export async function leaveFailed(
  { store, key, now }: { readonly store: Store; readonly key: SigningKey; readonly now: Clock },
  made: MadeDecision,
  code: string,
): Promise<string | undefined> {
  if (recording(made) !== "durable") return undefined;
  const records = decidedWrite(made, [], key, now, { status: "failed", code });
  await store.append({ records }, authorityOf(made));
  return made.id;
}

/**
 * Does the work of an allowed durable decision. What the request itself keeps from being done leaves the decision with a
 * failed outcome, so that every decision id that a caller was told names a record; a store that does not write keeps
 * nothing of it, and says so.
 */
export async function orFailed<T>(
  parts: { readonly store: Store; readonly key: SigningKey; readonly now: Clock },
  made: MadeDecision,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError && PROBLEMS[error.code].status < 500) {
      await leaveFailed(parts, made, error.code);
    }
    throw error;
  }
}
