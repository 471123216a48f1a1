import { CanonError, type CanonRecord, DOMAINS, draftDigest, verifyAuthored } from "@sigil/canon";
import { CryptoError, type VerifyKey } from "@sigil/crypto";
import type { OutcomeBody } from "@sigil/wire";
import { SERVICE_AUTHORITY } from "../authority.ts";
import { decisionStream } from "../records/drafts.ts";
import type { Store } from "../records/store.ts";
import { invalidRecord } from "./versions.ts";

/**
 * Whether the control plane decided what a record brings: the outcome of the decision that the record names, signed by one of
 * its own keys, binds exactly this record. A store, which signs records, cannot make one that decides.
 * @throws ControlPlaneError `governing-record-invalid`
 */
export async function requireDecided(
  record: CanonRecord,
  store: Store,
  keys: ReadonlyMap<string, VerifyKey>,
): Promise<void> {
  const { kind, id, author } = record;
  const undecided = (cause?: unknown) =>
    invalidRecord(kind, id, "no outcome that this control plane signed is about it", cause);
  if (author.decision === undefined) throw undecided();
  const stream = decisionStream(author.decision);
  const { records } = await store.query({ stream, order: "asc", limit: 2 }, SERVICE_AUTHORITY);
  const outcome = records.find(({ signed }) => signed.record.kind === "decision.outcome");
  try {
    const body = verifyAuthored(DOMAINS.outcome, outcome?.signed.record.payload, (kid) => keys.get(kid));
    const { decision, effects } = body as unknown as OutcomeBody;
    const digest = draftDigest(record);
    const binds = effects.some((effect) => effect.id === id && effect.digest === digest);
    if (decision === author.decision && binds) return;
  } catch (error) {
    if (!(error instanceof CanonError || error instanceof CryptoError)) throw error;
    throw undecided(error);
  }
  throw undecided();
}
