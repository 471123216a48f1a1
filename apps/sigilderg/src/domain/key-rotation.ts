import type { SigningKey } from "@sigil/crypto";
import { type OutcomeBody, ProblemError, type ResponseOf } from "@sigil/wire";
import { authorityOf } from "./admitted.ts";
import type { Clock } from "./clock.ts";
import type { MadeDecision } from "./decisions/decisions.ts";
import { decisionDraft, type OutcomeStatus, outcomeDraft } from "./records/drafts.ts";
import type { SigningRole, Store } from "./records/store.ts";
import { authorOf } from "./records/transaction.ts";

/** What the store says before it has begun. */
const REFUSED: ReadonlySet<string> = new Set(["rotation-running", "witnesses-not-ready"]);

type Rotated = ResponseOf<"sigilderg POST /v1/keys/rotations">;

/**
 * Rotates a key of the store. Only the store can do it, so the decision lands before it and the outcome after: without the
 * first nothing is rotated, and a rotation that was refused says so. The outcome binds the record of the rotation of a key
 * that signs; the rotation of the key-encryption key is no record.
 * @throws ProblemError `rotation-running` while one is under way, `witnesses-not-ready` before a quorum trusts the next log key
 */
export async function rotateKey(
  { store, key, now }: { readonly store: Store; readonly key: SigningKey; readonly now: Clock },
  made: MadeDecision,
  which: "kek" | SigningRole,
): Promise<Rotated> {
  const authority = authorityOf(made);
  const ended = (status: OutcomeStatus, effects: OutcomeBody["effects"], code?: string) => {
    const body = { decision: made.id, status, ...(code === undefined ? {} : { code }), effects, ts: now() };
    return store.append({ records: [outcomeDraft(body, authorOf(made), key)] }, authority);
  };
  const rotated = async (): Promise<{ answer: Rotated; effects: OutcomeBody["effects"] }> => {
    const decision = made.id;
    if (which === "kek")
      return { answer: { key: which, kek: await store.rotateKek(authority), decision }, effects: [] };
    const { kid, from, record } = await store.rotateSigning(which, authority);
    const { id, digest } = record;
    return {
      answer: { key: which, kid, from, record: id, decision },
      effects: [{ id, kind: "key.rotated", stream: "system/keys", digest }],
    };
  };
  await store.append({ records: [decisionDraft(made, key)] }, authority);
  let done: Awaited<ReturnType<typeof rotated>>;
  try {
    done = await rotated();
  } catch (error) {
    // Whether a store that did not answer has begun is not known; one that refused has not.
    const code = error instanceof ProblemError ? error.code : undefined;
    await ended(code !== undefined && REFUSED.has(code) ? "failed" : "unknown", [], code);
    throw error;
  }
  await ended("done", done.effects);
  return done.answer;
}
