import type { SigningKey } from "@sigil/crypto";
import { ProblemError, type ResponseOf } from "@sigil/wire";
import { authorityOf } from "../admitted.ts";
import type { Clock } from "../clock.ts";
import type { MadeDecision } from "../decisions/decisions.ts";
import { writeDraft } from "../governed/alone.ts";
import type { Projection } from "../records/projection.ts";
import type { Store } from "../records/store.ts";
import { decidedWrite, orFailed } from "../records/transaction.ts";
import type { OpenRuns } from "../runs/open-runs.ts";
import type { Turns } from "../turns.ts";
import type { Sessions } from "./sessions.ts";

/**
 * Revokes a recorded licence for the caller of an allowed `license.revoke`: decision, record and outcome in one
 * transaction. From its answer on the licence opens nothing, and the grants of its open runs are over.
 * @throws ProblemError `not-found` for a licence that no record names, `licence-already-revoked`
 */
export async function revokeLicence(
  parts: {
    readonly store: Store;
    readonly projection: Projection;
    readonly open: OpenRuns;
    readonly sessions: Pick<Sessions, "closeOf">;
    readonly turns: Turns;
    readonly key: SigningKey;
    readonly now: Clock;
  },
  made: MadeDecision,
  jti: string,
  reason: string,
): Promise<ResponseOf<"sigilderg POST /v1/licences/:jti/revocation">> {
  const { store, projection, open, key, now } = parts;
  return await parts.turns.take(() =>
    orFailed(parts, made, async () => {
      const sub = projection.licences.subjectOf(jti);
      if (sub === undefined) throw new ProblemError("not-found", `no record names the licence ${jti}`);
      if (projection.licences.state(jti) === "revoked")
        throw new ProblemError("licence-already-revoked", `the licence ${jti} of ${sub} was revoked before`);
      const record = writeDraft(
        {
          kind: "license.revoke",
          stream: `system/licence/${jti.toLowerCase()}`,
          loa: "Observer",
          content: { jti, sub, reason },
        },
        made,
      );
      await store.append({ records: decidedWrite(made, [record], key, now) }, authorityOf(made));
      projection.absorb(record);
      parts.sessions.closeOf(jti);
      return { id: record.id, jti, decision: made.id, runs: open.closeOf(jti) };
    }),
  );
}
