import type { SigningKey } from "@sigil/crypto";
import { SERVICE_AUTHORITY, SERVICE_PRINCIPAL } from "../authority.ts";
import type { Clock } from "../clock.ts";
import type { DecisionBody } from "../decisions/decisions.ts";
import { outcomeDraft } from "../records/drafts.ts";
import type { Store } from "../records/store.ts";

/**
 * Gives every run that the last process left open its outcome, `unknown`: the module may have run, its writes have not
 * landed. Reads backwards from the tip and stops where no run of the last process can lie, `openMs` before the newest
 * record. Returns how many it closed.
 */
export async function closeAbandonedRuns(
  store: Store,
  options: { readonly key: SigningKey; readonly now: Clock; readonly openMs: number },
): Promise<number> {
  const settled = new Set<string>();
  const abandoned: DecisionBody[] = [];
  let oldest: number | undefined;
  let cursor: string | undefined;
  scan: do {
    const page = await store.query(
      {
        kinds: ["decision", "decision.outcome"],
        order: "desc",
        limit: 200,
        ...(cursor === undefined ? {} : { cursor }),
      },
      SERVICE_AUTHORITY,
    );
    for (const { signed } of page.records) {
      const { record } = signed;
      const at = Date.parse(record.ts);
      oldest ??= at - 2 * options.openMs;
      if (at < oldest) break scan;
      const body = record.payload.body as unknown as DecisionBody & { readonly decision: string };
      if (record.kind === "decision.outcome") settled.add(body.decision);
      else if (body.action === "module.run" && body.verdict === "allow" && !settled.has(body.id))
        abandoned.push(body);
    }
    cursor = page.next ?? undefined;
  } while (cursor !== undefined);
  for (const body of abandoned) {
    const draft = outcomeDraft(
      {
        decision: body.id,
        status: "unknown",
        code: "control-plane-restarted",
        effects: [],
        ts: options.now(),
      },
      { principal: body.principal, loa: body.loa },
      options.key,
    );
    await store.append(
      { records: [draft], idempotency: { principal: SERVICE_PRINCIPAL, key: `end-${body.id}` } },
      SERVICE_AUTHORITY,
    );
  }
  return abandoned.length;
}
