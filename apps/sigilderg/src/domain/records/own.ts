import type { Loa, RecordDraft } from "@sigil/canon";
import type { SigningKey } from "@sigil/crypto";
import { compareLoa } from "@sigil/policy";
import { ProblemError } from "@sigil/wire";
import { authorityOf } from "../admitted.ts";
import type { Clock } from "../clock.ts";
import type { MadeDecision } from "../decisions/decisions.ts";
import { decidedBy } from "./drafts.ts";
import type { PlacedRecord, Store } from "./store.ts";
import { decidedWrite } from "./transaction.ts";

// What a caller writes into streams of its own.

/** @throws ProblemError `level-too-low` for `what`, a record that its own writer could not read */
export function requireReadable(made: MadeDecision, wanted: Loa, what: string): void {
  const { loa } = made.body;
  if (compareLoa(wanted, loa) <= 0) return;
  throw new ProblemError("level-too-low", `${what} for ${wanted} cannot be written at level ${loa}`, {
    decisionId: made.id,
    missing: [`a level of ${wanted}, or ${what} for ${loa} or lower`],
  });
}

/** Where each of as many drafts landed. */
type Placed<Drafts> = { readonly [At in keyof Drafts]: PlacedRecord };

/**
 * Lands drafts of an allowed decision between it and its outcome, in one transaction. With an idempotency key that was used
 * before, the answer is the first one's, and so is the decision.
 * @throws ProblemError `idempotency-conflict`; what the store refuses
 */
export async function landOwn<const Drafts extends readonly RecordDraft[]>(
  { store, key, now }: { readonly store: Store; readonly key: SigningKey; readonly now: Clock },
  made: MadeDecision,
  drafts: Drafts,
  idempotencyKey: string | undefined,
): Promise<{ readonly placed: Placed<Drafts>; readonly decision: string; readonly replayed: boolean }> {
  const { principal } = made.body;
  const { records, replayed } = await store.append(
    {
      records: decidedWrite(made, drafts, key, now),
      ...(idempotencyKey === undefined ? {} : { idempotency: { principal, key: idempotencyKey } }),
    },
    authorityOf(made),
  );
  const [decision, ...rest] = records;
  const placed = rest.slice(0, -1);
  const same =
    placed.length === drafts.length && placed.every(({ stream }, at) => stream === drafts[at]?.stream);
  if (decision === undefined || !same) {
    throw new ProblemError("idempotency-conflict", "this Idempotency-Key was used for another action", {
      decisionId: made.id,
    });
  }
  return { placed: placed as unknown as Placed<Drafts>, decision: decidedBy(decision.stream), replayed };
}
