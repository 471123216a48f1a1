import { CanonError, type Json, type RecordDraft } from "@sigil/canon";
import { CryptoError, type SigningKey } from "@sigil/crypto";
import { type PayloadOf, ProblemError, type ResponseOf } from "@sigil/wire";
import { authorityOf } from "./admitted.ts";
import type { Clock } from "./clock.ts";
import type { MadeDecision } from "./decisions.ts";
import { draft } from "./drafts.ts";
import type { IssuerRotation } from "./issuer-register.ts";
import type { Projection } from "./projection.ts";
import type { Store } from "./store.ts";
import { authorOf, decidedWrite, orFailed } from "./transaction.ts";

interface Parts {
  readonly store: Store;
  readonly projection: Projection;
  readonly key: SigningKey;
  readonly now: Clock;
}

type Changed = ResponseOf<"sigilderg POST /v1/issuers">;

/**
 * Brings another issuer key into force; licences of the one before stay good until it is retired.
 * @throws ProblemError `issuer-known`, `body-invalid` unless a key in force and the new one have signed
 */
export function rotateIssuer(parts: Parts, made: MadeDecision, rotation: IssuerRotation): Promise<Changed> {
  const { projection, now } = parts;
  return orFailed(parts, made, async () => {
    const { kid } = rotation.statement;
    const known = projection.issuers.state(kid);
    if (known !== undefined) throw new ProblemError("issuer-known", `the issuer ${kid} is ${known}`);
    try {
      projection.issuers.verify(rotation);
    } catch (cause) {
      if (!(cause instanceof CanonError || cause instanceof CryptoError)) throw cause;
      throw new ProblemError("body-invalid", `the new issuer is not proved: ${cause.code}`, {
        missing: [`$.by: ${cause.message}`],
        cause,
      });
    }
    return await land(parts, made, kid, {
      ...{ change: "rotate", ...rotation, mode: made.body.mode, ts: now() },
    });
  });
}

/**
 * Ends an issuer: none of its licences is good from then on. `actingUnder` is the issuer of the caller's own licence.
 * @throws ProblemError `not-found`; `issuer-needed` for the caller's own, which would lock everybody out
 */
export function retireIssuer(
  parts: Parts,
  made: MadeDecision,
  kid: string,
  reason: string,
  actingUnder: string,
): Promise<Changed> {
  const { projection, now } = parts;
  return orFailed(parts, made, async () => {
    if (projection.issuers.state(kid) !== "active") {
      throw new ProblemError("not-found", `${kid} is no issuer in force`, { decisionId: made.id });
    }
    if (kid === actingUnder) {
      throw new ProblemError("issuer-needed", `the licence of this very request is issued by ${kid}`);
    }
    return await land(parts, made, kid, { change: "retire", kid, reason, mode: made.body.mode, ts: now() });
  });
}

async function land(
  { store, projection, key, now }: Parts,
  made: MadeDecision,
  kid: string,
  change: PayloadOf<"issuer.change">,
): Promise<Changed> {
  const record: RecordDraft = draft({
    kind: "issuer.change",
    space: "system",
    stream: "system/issuers",
    loa: "Observer",
    author: { ...authorOf(made), decision: made.id },
    payload: JSON.parse(JSON.stringify(change)) as Record<string, Json>,
  });
  const { records } = await store.append(
    { records: decidedWrite(made, [record], key, now) },
    authorityOf(made),
  );
  projection.absorb(record);
  const index = records.find(({ id }) => id === record.id)?.index ?? 0;
  return { kid, record: record.id, index, decision: made.id };
}
