import { majorityOf, type Witness } from "@sigil/canon";
import { changesBetween, ProblemError, type ResponseOf } from "@sigil/wire";
import { SERVICE_AUTHORITY } from "../authority.ts";
import { GOVERNED } from "../governed/table.ts";

import { storedProposal, writeOf } from "./commit.ts";
import { type QuorumParts, requireProposal, standing } from "./parts.ts";

type Detail = ResponseOf<"sigilderg GET /v1/proposals/:id">;

/** `GET /v1/witnesses`. */
export function witnessList({
  projection,
}: Pick<QuorumParts, "projection">): ResponseOf<"sigilderg GET /v1/witnesses"> {
  const { set, record } = projection.governance.witnesses;
  return {
    version: set?.version ?? 0,
    record: record ?? null,
    witnesses: (set?.witnesses ?? []).map(witnessView),
  };
}

/** `GET /v1/witnesses/:id`. @throws ProblemError `not-found` */
export function witnessDetail(
  { projection }: Pick<QuorumParts, "projection">,
  id: string,
): ResponseOf<"sigilderg GET /v1/witnesses/:id"> {
  const { proposals, witnesses } = projection.governance;
  const witness = witnesses.find(id);
  if (witness === undefined) throw new ProblemError("not-found", `no witness is called ${id}`);
  const history = witnesses.historyOf(id).map((entry) => ({
    ...entry,
    proposal: proposals.thatWrote(entry.record.id) ?? null,
  }));
  return { witness: witnessView(witness), history };
}

function witnessView({ id, principal, status, keys }: Witness) {
  const ranges = keys.map(({ kid, publicKey, from, to }) => ({ kid, publicKey, from, to }));
  return { id, principal, status, keys: ranges };
}

/** `GET /v1/quorum`. */
export function quorumView({
  projection,
}: Pick<QuorumParts, "projection">): ResponseOf<"sigilderg GET /v1/quorum"> {
  const { mode, governance } = projection;
  const { active, ceremony, set } = governance.witnesses;
  return {
    mode,
    ceremony: ceremony ?? null,
    version: set?.version ?? 0,
    active: active.map(({ id, principal }) => ({ id, principal })),
    majority: mode === "quorum" ? majorityOf(active.length) : 0,
  };
}

/** `GET /v1/proposals/:id`. @throws ProblemError `not-found`, `record-damaged` */
export async function proposalDetail(parts: QuorumParts, id: string, principal: string): Promise<Detail> {
  const { projection, now } = parts;
  const kept = requireProposal(parts, id);
  const at = projection.governance.stateOf(kept, now());
  const proposal = await storedProposal(parts, kept);
  const { before, after } = await viewsOf(parts, proposal);
  const counted = new Set([...at.count.approve, ...at.count.reject].map(({ hash }) => hash));
  const reasons = new Map(at.count.void.map(({ vote, code }) => [vote.hash, code]));
  return {
    proposal: proposal as Detail["proposal"],
    digest: kept.digest,
    record: kept.placed,
    ...standing(at),
    votes: kept.votes.map(({ verified, placed, reason }) => ({
      record: placed,
      ts: verified.ts,
      vote: verified.vote,
      principal: projection.governance.witnesses.find(verified.vote.attestation.witness)?.principal ?? "",
      reason,
      counts: counted.has(placed.hash),
      why: reasons.get(placed.hash) ?? null,
    })),
    closed: kept.closed?.placed ?? null,
    ...changesBetween(before, after),
    approvedToday: approvedToday(parts, principal),
  };
}

async function viewsOf(
  { store, projection, host, key, now }: QuorumParts,
  proposal: Awaited<ReturnType<typeof storedProposal>>,
) {
  const ground = { store, projection, host, key, now };
  const write = writeOf(proposal);
  try {
    const views = await GOVERNED.get(proposal.action)?.views?.(write, ground);
    if (views !== undefined) return views;
  } catch (error) {
    // What can no more be applied is shown as it is written.
    if (!(error instanceof ProblemError)) throw error;
  }
  const { stream } = write;
  const page = await store.query({ stream, order: "desc", limit: 1 }, SERVICE_AUTHORITY);
  return { before: page.records[0]?.signed.record.payload ?? {}, after: proposal.content };
}

/** What a witness has approved since midnight UTC: who says yes all day looks at none. */
function approvedToday({ projection, now }: QuorumParts, principal: string): Detail["approvedToday"] {
  const { proposals, witnesses } = projection.governance;
  if (witnesses.of(principal) === undefined) return null;
  const midnight = `${now().slice(0, 10)}T00:00:00.000Z`;
  const own = witnesses.set?.witnesses.filter((each) => each.principal === principal) ?? [];
  const cast = own.flatMap(({ id }) => {
    const all = proposals.votesBy(id);
    return all.slice(all.findLastIndex(({ vote }) => vote.verified.ts < midnight) + 1);
  });
  const approved = cast
    .filter(({ vote }) => vote.verified.vote.attestation.verdict === "approve")
    .map(({ vote, on: { proposal } }) => {
      return { proposal: proposal.id, action: proposal.action, ts: vote.verified.ts };
    });
  const latest = approved.toSorted((a, b) => b.ts.localeCompare(a.ts)).slice(0, 32);
  return { count: approved.length, latest };
}
