import { ProblemError } from "@sigil/wire";
import { hasLanded } from "../runs/call-trace.ts";
import { type MadeDecision, recording } from "./decisions.ts";

/**
 * Serves an admitted request so that its answer names the decision when a record holds it, and none otherwise. A batched
 * decision is named when it is admitted: it is queued before anything is done. A durable one is named when the store has
 * acknowledged it; a refusal that comes before, such as `runners-busy` or `audit-unavailable`, names none.
 */
export async function told<T>(
  made: MadeDecision,
  decided: (decisionId: string) => void,
  work: () => Promise<T> | T,
): Promise<T> {
  try {
    const answer = await work();
    if (hasLanded(made.id)) decided(made.id);
    return answer;
  } catch (error) {
    if (hasLanded(made.id)) decided(made.id);
    throw isNamable(made) ? error : nameless(error, made.id);
  }
}

function isNamable(made: MadeDecision): boolean {
  return recording(made) === "batched" || hasLanded(made.id);
}

function nameless(error: unknown, decision: string): unknown {
  if (!(error instanceof ProblemError) || error.extras.decisionId !== decision) return error;
  const { decisionId: _, ...extras } = error.extras;
  return new ProblemError(error.code, error.detail, extras);
}
