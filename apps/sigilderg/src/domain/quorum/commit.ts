import { type Proposal, proposalDigest } from "@sigil/canon";
import { decide, type ProposalState, proposalObjection } from "@sigil/policy";
import { PROBLEMS, type ProblemCode, ProblemError, type ResponseOf } from "@sigil/wire";
import type { Admitted } from "../admitted.ts";
import { SERVICE_AUTHORITY } from "../authority.ts";
import { writeDraft } from "../governed/alone.ts";
import type { Write } from "../governed/row.ts";
import { GOVERNED } from "../governed/table.ts";
import { effectOf } from "../records/drafts.ts";
import { jsonOf } from "../records/json.ts";
import { orFailed } from "../records/transaction.ts";
import { proposalStream } from "./create.ts";
import { inTurn, landOn, placedOf, type QuorumParts, requireLeadsOut, requireProposal } from "./parts.ts";
import type { KeptProposal } from "./proposal-register.ts";

/**
 * Writes the stored content of an approved proposal: decision, effect, the record that closes it and outcome in one
 * transaction, exactly once. Everything that was asked before is asked again, by the records as they are and the store's clock.
 * @throws ProblemError `quorum-not-reached` that names who is missing, `proposal-expired`, `proposal-stale`, `proposal-closed`,
 * and what the action's own route would refuse
 */
export function commitProposal(
  parts: QuorumParts,
  { made, caller }: Pick<Admitted, "made" | "caller">,
  id: string,
): Promise<ResponseOf<"sigilderg POST /v1/proposals/:id/commit">> {
  const { projection, now, watched } = parts;
  const land = async () => {
    const kept = requireProposal(parts, id);
    requireLeadsOut(parts, made, kept.proposal.action);
    const { governance } = projection;
    const at = governance.stateOf(kept, now());
    requireCommittable(parts, kept, at, made);
    const write = writeOf(await storedProposal(parts, kept));
    const { action, expiresAt, prevHash } = kept.proposal;
    const row = GOVERNED.get(action);
    if (row === undefined)
      throw new ProblemError("action-not-proposed", `${action} is not proposed any more`);
    await row.requireApplicable?.(write, parts);
    const targetLoa = row.targetLoa?.(write);
    const facts = { ...made.facts, approved: true, ...(targetLoa === undefined ? {} : { targetLoa }) };
    const target = decide(action, caller, facts, now(), made.policy);
    if (target.verdict === "deny") {
      const missing = target.reasons.map(({ detail }) => detail);
      const first = target.reasons[0]?.code ?? "action-denied";
      const code = (Object.hasOwn(PROBLEMS, first) ? first : "action-denied") as ProblemCode;
      throw new ProblemError(code, missing.join("; "), { missing });
    }
    const effects = (await row.effects?.(write, parts, made)) ?? [writeDraft(write, made)];
    const { set, record } = governance.witnesses;
    const stream = proposalStream(id);
    const closed = writeDraft(
      {
        kind: "proposal.closed",
        stream,
        loa: "Observer",
        content: jsonOf({
          state: "committed",
          proposal: id,
          digest: kept.digest,
          created: kept.placed.hash,
          votes: at.count.approve.map(({ hash }) => hash),
          witnessVersion: set?.version ?? 0,
          witnessRecord: record?.hash ?? null,
          effects: effects.map(effectOf),
          mode: projection.mode,
        }),
      },
      made,
    );
    const tips = [
      { stream: write.stream, prev: prevHash },
      { stream, prev: governance.tips.of(stream) },
      ...(write.stream === "system/witnesses"
        ? []
        : [{ stream: "system/witnesses", prev: governance.tips.of("system/witnesses") }]),
    ];
    const places = await landOn(parts, made, [...effects, closed], { before: expiresAt, tips }, expiresAt);
    const seconds = (Date.parse(now()) - Date.parse(kept.proposal.createdAt)) / 1000;
    watched({ type: "committed", proposal: id, action, seconds });
    return {
      state: "committed" as const,
      record: placedOf(places, closed.id),
      effects: effects.map(({ id, kind, stream: own }) => ({ ...placedOf(places, id), kind, stream: own })),
      decision: made.id,
    };
  };
  return inTurn(parts, { proposal: id }, () => orFailed(parts, made, land));
}

/** The proposal with its content, as the store has it and the digest binds it. */
export async function storedProposal(
  { store }: Pick<QuorumParts, "store">,
  { placed, digest }: KeptProposal,
): Promise<Proposal> {
  const stored = await store.read(placed.id, SERVICE_AUTHORITY);
  const proposal = stored?.signed.record.payload.proposal as unknown as Proposal | undefined;
  if (proposal === undefined || proposalDigest(proposal) !== digest)
    throw new ProblemError("record-damaged", `the store does not have the proposal of leaf ${placed.index}`);
  return proposal;
}

export function writeOf({ entry, content }: Proposal): Write {
  return { ...entry, content } as unknown as Write;
}

function requireCommittable(
  { projection }: QuorumParts,
  { proposal }: KeptProposal,
  at: ProposalState,
  made: Admitted["made"],
): void {
  const objection = proposalObjection(at, "commit");
  if (objection !== undefined)
    throw new ProblemError(objection.code, objection.detail, { missing: [...at.missing] });
  if (proposal.policyDigest !== made.policy.digest)
    throw new ProblemError("proposal-stale", "another action table is in force than when it was proposed");
  // What one person could do alone before the ceremony is nothing that witnesses agreed to.
  if (projection.mode === "quorum" && proposal.witnessVersion === 0)
    throw new ProblemError(
      "proposal-stale",
      "it was proposed in solo mode, and the quorum was entered since",
    );
}
