import type { SigningKey } from "@sigil/crypto";
import type { PayloadOf, ResponseOf } from "@sigil/wire";
import { authorityOf } from "./admitted.ts";
import type { Clock } from "./clock.ts";
import type { MadeDecision } from "./decisions.ts";
import { draft } from "./drafts.ts";
import type { Store } from "./store.ts";
import { authorOf, decidedWrite } from "./transaction.ts";

/**
 * Records a log policy: decision, policy and outcome in one transaction, from which on the store follows it.
 * @throws ProblemError `log-policy-invalid` naming the line; `cosignatures-missing` when the new policy's witnesses do not
 * answer: it is in force all the same
 */
export async function changeLogPolicy(
  { store, key, now }: { readonly store: Store; readonly key: SigningKey; readonly now: Clock },
  made: MadeDecision,
  policy: PayloadOf<"log.policy">,
): Promise<ResponseOf<"sigilderg POST /v1/log/policy">> {
  const record = draft({
    kind: "log.policy",
    space: "system",
    stream: "system/log-policy",
    loa: "Guest",
    author: { ...authorOf(made), decision: made.id },
    payload: { ...policy },
  });
  await store.append({ records: decidedWrite(made, [record], key, now) }, authorityOf(made));
  return { id: record.id, decision: made.id };
}
