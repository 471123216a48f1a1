import { admitVote } from "@sigil/canon";
import { proposalObjection } from "@sigil/policy";
import { ProblemError, type RequestOf, type ResponseOf } from "@sigil/wire";
import type { Admitted } from "../admitted.ts";
import { writeDraft } from "../governed/alone.ts";
import { jsonOf } from "../records/json.ts";
import { orFailed } from "../records/transaction.ts";
import { proposalStream } from "./create.ts";
import {
  inTurn,
  landOn,
  placedOf,
  type QuorumParts,
  requireLeadsOut,
  requireProposal,
  standing,
} from "./parts.ts";
import { requireReadable, voteProblem } from "./problems.ts";

/**
 * Records an attestation that its witness signed elsewhere. It counts if it is the witness's first, by a key that is theirs at
 * the leaf where it lands.
 * @throws ProblemError by the code of what is wrong with it, or with the proposal
 */
export function attestProposal(
  parts: QuorumParts,
  { made }: Pick<Admitted, "made">,
  id: string,
  { vote, reason }: RequestOf<"sigilderg POST /v1/proposals/:id/attestations">,
): Promise<ResponseOf<"sigilderg POST /v1/proposals/:id/attestations">> {
  const { projection, now, watched } = parts;
  const land = async () => {
    requireReadable(reason);
    const kept = requireProposal(parts, id);
    const { proposal, digest } = kept;
    requireLeadsOut(parts, made, proposal.action);
    const { governance } = projection;
    const { witness, verdict } = vote.attestation;
    const before = governance.stateOf(kept, now());
    const objection = proposalObjection(before, verdict === "approve" ? "attest" : "reject");
    if (objection !== undefined) throw new ProblemError(objection.code, objection.detail);
    const { set } = governance.witnesses;
    if (set === undefined) throw new ProblemError("quorum-absent", "nobody is asked in solo mode");
    const named = governance.witnesses.find(witness);
    if (named !== undefined && named.principal !== made.body.principal)
      throw new ProblemError(
        "vote-of-another",
        `${witness} is ${named.principal}; the request is by ${made.body.principal}`,
      );
    try {
      admitVote(vote, { proposal, digest, votes: kept.votes.map(({ verified }) => verified), set });
    } catch (error) {
      throw voteProblem(error);
    }
    const stream = proposalStream(id);
    const record = writeDraft(
      { kind: "proposal.vote", stream, loa: "Observer", content: jsonOf({ proposal: id, vote, reason }) },
      made,
    );
    const tips = [
      { stream, prev: governance.tips.of(stream) },
      { stream: "system/witnesses", prev: governance.tips.of("system/witnesses") },
    ];
    const { expiresAt } = proposal;
    const places = await landOn(parts, made, [record], { before: expiresAt, tips }, expiresAt);
    const at = now();
    const after = projection.governance.stateOf(requireProposal(parts, id), at);
    watched({ type: "voted", proposal: id, action: proposal.action });
    const ended = after.state === "approved" || after.state === "rejected" ? after.state : undefined;
    if (ended !== undefined && after.state !== before.state) {
      const seconds = (Date.parse(at) - Date.parse(proposal.createdAt)) / 1000;
      watched({ type: ended, proposal: id, action: proposal.action, seconds });
    }
    return { record: placedOf(places, record.id), ...standing(after), decision: made.id };
  };
  return inTurn(parts, { proposal: id }, () => orFailed(parts, made, land));
}

/** Ends a proposal by whoever made it. @throws ProblemError `action-denied` for another, `proposal-closed`, … */
export function withdrawProposal(
  parts: QuorumParts,
  { made }: Pick<Admitted, "made">,
  id: string,
  reason: string,
): Promise<ResponseOf<"sigilderg POST /v1/proposals/:id/withdrawal">> {
  const { projection, now, watched } = parts;
  const land = async () => {
    requireReadable(reason);
    const kept = requireProposal(parts, id);
    const { proposal, digest } = kept;
    requireLeadsOut(parts, made, proposal.action);
    if (proposal.proposer !== made.body.principal)
      throw new ProblemError("action-denied", `${proposal.proposer} proposed it, and alone can withdraw it`);
    const objection = proposalObjection(projection.governance.stateOf(kept, now()), "withdraw");
    if (objection !== undefined) throw new ProblemError(objection.code, objection.detail);
    const stream = proposalStream(id);
    const record = writeDraft(
      {
        kind: "proposal.closed",
        stream,
        loa: "Observer",
        content: { state: "withdrawn", proposal: id, digest, reason },
      },
      made,
    );
    const tips = [{ stream, prev: projection.governance.tips.of(stream) }];
    const places = await landOn(parts, made, [record], { tips }, proposal.expiresAt);
    watched({ type: "withdrawn", proposal: id, action: proposal.action });
    return { record: placedOf(places, record.id), state: "withdrawn" as const, decision: made.id };
  };
  return inTurn(parts, { proposal: id }, () => orFailed(parts, made, land));
}
