import { type Proposal, proposalDigest } from "@sigil/canon";
import { randomBytes } from "@sigil/crypto";
import { requiredK } from "@sigil/policy";
import { ProblemError, type RequestOf, type ResponseOf } from "@sigil/wire";
import { v7 as uuidv7 } from "uuid";
import type { Admitted } from "../admitted.ts";
import { landFollowed, writeDraft } from "../governed/alone.ts";
import type { GovernedAction, Write } from "../governed/row.ts";
import { GOVERNED } from "../governed/table.ts";
import { jsonOf } from "../records/json.ts";
import { requireFits } from "../records/record-size.ts";
import { decidedWrite, orFailed } from "../records/transaction.ts";
import { inTurn, placedOf, type QuorumParts, requireLeadsOut, standing } from "./parts.ts";
import { requireReadable } from "./problems.ts";

/** Proposals of one principal that may be open, and be made in a day: whoever is asked too often agrees without looking. */
export const OPEN_LIMIT = 10;
export const DAY_LIMIT = 30;
const DAY_MS = 86_400_000;

export function proposalStream(id: string): string {
  return `proposal/${id}`;
}

/**
 * Puts an action to the witnesses: the record that its commit will write is made now, and k and who may vote are those of the
 * table and the set in force.
 * @throws ProblemError `action-not-proposed`, `body-invalid`, `proposal-limit`, `record-too-large`, `locked-down`, and what the
 * action's own route would refuse
 */
export function createProposal(
  parts: QuorumParts,
  { made, claims }: Pick<Admitted, "made" | "claims">,
  { action, request, reason, expiresInSeconds }: RequestOf<"sigilderg POST /v1/proposals">,
): Promise<ResponseOf<"sigilderg POST /v1/proposals">> {
  const { projection, key, now, watched } = parts;
  const { governance, genesis } = projection;
  const land = async () => {
    requireReadable(reason);
    const row = rowOf(action);
    requireLeadsOut(parts, made, action);
    requireUnderLimit(parts, made.body.principal);
    const createdAt = now();
    const { mode } = projection;
    const circumstances = { mode, ts: createdAt, reason, actingUnder: claims.iss };
    const write = await row.prepare(requestOf(row, request), parts, circumstances);
    const quorum = mode === "quorum" ? quorumOf(parts, made, row, write) : NOBODY;
    const { kind, stream, loa, content } = write;
    const proposal: Proposal = {
      v: 1,
      id: uuidv7({ random: randomBytes(16) }),
      runtimeId: genesis.runtimeId,
      action,
      entry: { kind, stream, loa },
      content: jsonOf(content),
      prevHash: governance.tips.of(stream),
      policyDigest: made.policy.digest,
      ...quorum,
      proposer: made.body.principal,
      reason,
      createdAt,
      expiresAt: new Date(Date.parse(createdAt) + expiresInSeconds * 1000).toISOString(),
    };
    requireFits("proposal.created", { proposal });
    const digest = proposalDigest(proposal);
    const record = writeDraft(
      {
        kind: "proposal.created",
        stream: proposalStream(proposal.id),
        loa: "Observer",
        content: jsonOf({ proposal, digest }),
      },
      made,
    );
    const places = await landFollowed(parts, { records: decidedWrite(made, [record], key, now) }, made);
    const kept = projection.governance.proposals.get(proposal.id);
    if (kept === undefined) throw new ProblemError("audit-unavailable", "the records are being read again");
    watched({ type: "created", proposal: proposal.id, action });
    return {
      proposal: proposal as ResponseOf<"sigilderg POST /v1/proposals">["proposal"],
      digest,
      record: placedOf(places, record.id),
      ...standing(projection.governance.stateOf(kept, now())),
      decision: made.id,
    };
  };
  return inTurn(parts, { action }, () => orFailed(parts, made, land));
}

const NOBODY = { requiredK: 0, witnessVersion: 0, eligible: [] as string[] };

/** @throws ProblemError `action-not-proposed` */
function rowOf(action: string) {
  const row = GOVERNED.get(action);
  if (row !== undefined) return row;
  const known = [...GOVERNED.keys()].join(", ");
  throw new ProblemError("action-not-proposed", `${action} is not proposed; these are: ${known}`);
}

function requestOf(row: GovernedAction, request: unknown): unknown {
  const parsed = row.request.safeParse(request);
  if (parsed.success) return parsed.data;
  const missing = parsed.error.issues.map(
    ({ path, message }) => `${["$.request", ...path].join(".")}: ${message}`,
  );
  throw new ProblemError("body-invalid", missing[0] ?? "the request does not have its shape", {
    missing: missing.slice(0, 16),
  });
}

/** k and who may vote. @throws ProblemError `quorum-unreachable` where the proposer's own witness would be needed */
function quorumOf(
  { projection }: QuorumParts,
  { policy, body }: Admitted["made"],
  row: GovernedAction,
  write: Write,
) {
  const { active, set } = projection.governance.witnesses;
  const rule = policy.rows.get(row.action);
  const k =
    rule === undefined ? Number.POSITIVE_INFINITY : requiredK(rule, active.length, row.targetLoa?.(write));
  const eligible = active.filter(({ principal }) => principal !== body.principal).map(({ id }) => id);
  if (k > eligible.length) {
    const detail = `${row.action} needs ${k} attestations; ${eligible.length} witnesses beside the proposer are active`;
    throw new ProblemError("quorum-unreachable", detail);
  }
  return { requiredK: k, witnessVersion: set?.version ?? 0, eligible };
}

function requireUnderLimit({ projection, now }: QuorumParts, principal: string): void {
  const { governance } = projection;
  const at = now();
  const own = governance.proposals.by(principal);
  const since = new Date(Date.parse(at) - DAY_MS).toISOString();
  const today = own.length - 1 - own.findLastIndex(({ proposal }) => proposal.createdAt <= since);
  if (today >= DAY_LIMIT)
    throw new ProblemError(
      "proposal-limit",
      `${principal} made ${today} proposals in 24 hours; the limit is ${DAY_LIMIT}`,
    );
  const open = governance.waiting(at).filter(({ proposal }) => proposal.proposer === principal).length;
  if (open >= OPEN_LIMIT)
    throw new ProblemError(
      "proposal-limit",
      `${principal} has ${open} proposals open; the limit is ${OPEN_LIMIT}`,
    );
}
