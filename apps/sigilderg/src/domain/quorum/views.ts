import { canonicalBytes, majorityOf, type Witness } from "@sigil/canon";
import { equalBytes, hmacSha256, randomBytes, toBase64url, utf8 } from "@sigil/crypto";
import { rankLoa } from "@sigil/policy";
import { changesBetween, ProblemError, type QueryOf, type ResponseOf } from "@sigil/wire";
import { SERVICE_AUTHORITY } from "../authority.ts";
import { GOVERNED } from "../governed/table.ts";

import { storedProposal, writeOf } from "./commit.ts";
import { type QuorumParts, requireProposal, standing } from "./parts.ts";
import type { KeptProposal } from "./proposal-register.ts";

type Detail = ResponseOf<"sigilderg GET /v1/proposals/:id">;
type Query = QueryOf<"sigilderg GET /v1/proposals">;

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
  const own = proposals.all.flatMap(({ proposal, votes }) =>
    votes
      .filter(({ verified: { ts, vote } }) => {
        const { witness, verdict } = vote.attestation;
        return verdict === "approve" && ts >= midnight && witnesses.find(witness)?.principal === principal;
      })
      .map(({ verified }) => ({ proposal: proposal.id, action: proposal.action, ts: verified.ts })),
  );
  const latest = own.toSorted((a, b) => b.ts.localeCompare(a.ts)).slice(0, 32);
  return { count: own.length, latest };
}

const CURSORS = randomBytes(32);
const TAG_BYTES = 16;

/**
 * `GET /v1/proposals`: by the level of whoever proposed, the highest first, then by age. A cursor is the last id and a tag over
 * it and the filter, under a key of this process.
 * @throws ProblemError `cursor-invalid`
 */
export function proposalList(
  { projection, now }: Pick<QuorumParts, "projection" | "now">,
  { limit = 50, cursor, ...filter }: Query,
): ResponseOf<"sigilderg GET /v1/proposals"> {
  const { governance } = projection;
  const at = now();
  const found = governance.proposals.all
    .map((kept) => ({ kept, state: governance.stateOf(kept, at) }))
    .toSorted(
      (a, b) => rankLoa(b.kept.loa) - rankLoa(a.kept.loa) || a.kept.placed.index - b.kept.placed.index,
    );
  const after = cursor === undefined ? undefined : readCursor(cursor, filter);
  const start = after === undefined ? 0 : found.findIndex(({ kept }) => kept.proposal.id === after) + 1;
  const matching = found.slice(start).filter(({ kept: { proposal }, state }) => {
    const { action, proposer } = filter;
    const waiting = state.state === "open" || state.state === "approved";
    if (filter.state === "waiting" && !waiting) return false;
    if (filter.state !== undefined && filter.state !== "waiting" && state.state !== filter.state)
      return false;
    return (
      (action ?? proposal.action) === proposal.action && (proposer ?? proposal.proposer) === proposal.proposer
    );
  });
  const page = matching.slice(0, limit);
  const last = page.at(-1);
  const more = matching.length > page.length && last !== undefined;
  return {
    proposals: page.map(({ kept: { proposal, digest }, state }) => {
      const { id, action, proposer, reason, createdAt, expiresAt } = proposal;
      return { id, action, digest, proposer, reason, createdAt, expiresAt, ...standing(state) };
    }),
    next: more ? writeCursor(last.kept, filter) : null,
  };
}

function tagOf(id: string, filter: object): Uint8Array {
  const bound = canonicalBytes({ id, filter: JSON.parse(JSON.stringify(filter)) });
  return hmacSha256(CURSORS, bound).slice(0, TAG_BYTES);
}

function writeCursor({ proposal: { id } }: KeptProposal, filter: object): string {
  return `${id}.${toBase64url(tagOf(id, filter))}`;
}

function readCursor(cursor: string, filter: object): string {
  const [id = "", tag = ""] = cursor.split(".");
  const expected = toBase64url(tagOf(id, filter));
  if (equalBytes(utf8(tag), utf8(expected))) return id;
  throw new ProblemError("cursor-invalid", "the cursor was not issued for this filter by this process");
}
