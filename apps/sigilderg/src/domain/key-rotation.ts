import type { SigningKey } from "@sigil/crypto";
import { ProblemError, type ResponseOf } from "@sigil/wire";
import { authorityOf } from "./admitted.ts";
import type { Clock } from "./clock.ts";
import type { MadeDecision } from "./decisions.ts";
import { decisionDraft, type OutcomeStatus, outcomeDraft } from "./drafts.ts";
import type { Store } from "./store.ts";
import { authorOf } from "./transaction.ts";

/**
 * Begins a rotation of the store's key-encryption key. It is no record, so its decision lands before it and its outcome
 * after: without the first nothing is rotated, and a rotation that was refused says so.
 * @throws ProblemError `rotation-running` while one is under way
 */
export async function rotateKek(
  { store, key, now }: { readonly store: Store; readonly key: SigningKey; readonly now: Clock },
  made: MadeDecision,
): Promise<ResponseOf<"sigilderg POST /v1/keys/rotations">> {
  const authority = authorityOf(made);
  const ended = (status: OutcomeStatus, code?: string) => {
    const body = {
      decision: made.id,
      status,
      ...(code === undefined ? {} : { code }),
      effects: [],
      ts: now(),
    };
    return store.append({ records: [outcomeDraft(body, authorOf(made), key)] }, authority);
  };
  await store.append({ records: [decisionDraft(made, key)] }, authority);
  let kek: string;
  try {
    kek = await store.rotateKek(authority);
  } catch (error) {
    // Whether a store that did not answer has begun is not known; one that refused has not.
    const code = error instanceof ProblemError ? error.code : undefined;
    await ended(code === "rotation-running" ? "failed" : "unknown", code);
    throw error;
  }
  await ended("done");
  return { kek, decision: made.id };
}
