import { enterQuorum, type RecordDraft, recordHash } from "@sigil/canon";
import { quorumUnreachable } from "@sigil/policy";
import { ProblemError, type RequestOf, type ResponseOf } from "@sigil/wire";
import type { Admitted } from "../admitted.ts";
import { landFollowed, writeDraft } from "../governed/alone.ts";
import { enrolledAs } from "../governed/witnesses.ts";
import { jsonOf } from "../records/json.ts";
import type { PlacedRecord } from "../records/store.ts";
import { decidedWrite, orFailed } from "../records/transaction.ts";
import { inTurn, placedOf, type QuorumParts } from "./parts.ts";
import { voteProblem } from "./problems.ts";

/**
 * The ceremony: from its answer on every row with a quorum needs others, for good.
 * @throws ProblemError `quorum-entered`, `quorum-unreachable`, `witness-known`, `bad-signature`, `body-invalid`
 */
export function enterQuorumMode(
  parts: QuorumParts,
  { made }: Pick<Admitted, "made">,
  { witnesses }: RequestOf<"sigilderg POST /v1/quorum">,
): Promise<ResponseOf<"sigilderg POST /v1/quorum">> {
  const { projection, key, now, watched } = parts;
  const land = async () => {
    const { genesis, governance } = projection;
    if (projection.mode === "quorum")
      throw new ProblemError("quorum-entered", "the quorum was entered before");
    const payload = jsonOf({ v: 1, version: 1, witnesses, ts: now() });
    const nowhere = { hash: genesis.fingerprint, leaf: 0, ts: now() };
    const enrolled = (kid: string) => enrolledAs(kid, projection, key.kid);
    try {
      enterQuorum(genesis.runtimeId, { ...nowhere, payload, enrolled });
    } catch (error) {
      throw voteProblem(error);
    }
    const unreachable = quorumUnreachable(made.policy.rows.values(), witnesses.length);
    if (unreachable !== undefined) throw new ProblemError("quorum-unreachable", unreachable);
    const record = writeDraft(
      { kind: "quorum.entered", stream: "system/quorum", loa: "Observer", content: payload },
      made,
    );
    const tips = [{ stream: "system/quorum", prev: governance.tips.of("system/quorum") }];
    const batch = { records: decidedWrite(made, [record], key, now), require: { tips } };
    const places = await landFollowed(parts, batch, made);
    const ceremony = placedOf(places, record.id);
    requireOwnHash(record, places, projection);
    watched({ type: "entered", action: "quorum.enter" });
    return { mode: "quorum" as const, version: 1 as const, ceremony, decision: made.id };
  };
  return inTurn(parts, { action: "quorum.enter" }, () => orFailed(parts, made, land));
}

/** Its hash is pinned for good, so it is not taken from the store. @throws ProblemError `peer-not-believed` */
function requireOwnHash(
  record: RecordDraft,
  places: readonly PlacedRecord[],
  projection: QuorumParts["projection"],
): void {
  const { hash, seq, ts } = places.find(({ id }) => id === record.id) as PlacedRecord;
  if (recordHash({ ...record, v: 1, seq, prev: null, ts }) === hash) return;
  projection.doubt();
  throw new ProblemError("peer-not-believed", "the store gives the ceremony another hash than it has");
}
