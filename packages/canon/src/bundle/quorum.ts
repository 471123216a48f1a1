import { toHex } from "@sigil/crypto/bytes";
import { digest, identifier, uuidV7 } from "../identifier.ts";
import type { ReadPlatform } from "../platform.ts";
import { bindAttestations, type SignedAttestation } from "../quorum/attestation.ts";
import { approvalsOf, leastApprovals } from "../quorum/governed.ts";
import { bindProposals, MAX_WITNESSES, type Proposal, proposalShape, textUpTo } from "../quorum/proposal.ts";
import { bindWitnessStatements } from "../quorum/statement.ts";
import { bindVotes, countVotes } from "../quorum/votes.ts";
import { activeWitnesses, bindWitnessSets, type SetRecord, type WitnessSet } from "../quorum/witness-set.ts";
import type { CanonRecord } from "../record/frame.ts";
import type { RecordHash } from "../record/hash.ts";
import { KINDS, type Kind } from "../record/kinds.ts";
import { anyObject, count, list, nullOr, object, oneOf, type Shape } from "../shape.ts";
import type { TrustFile } from "../trust/trust-file.ts";
import { bodyOf } from "./citations.ts";
import type { Proved } from "./relations.ts";
import { NotChecked, Refusal, type Steps } from "./steps.ts";

/** The check of what a bundle says about quorums, after everything else held. */
export type QuorumCheck = (proved: readonly Proved[], trust: TrustFile | undefined, steps: Steps) => void;

interface Closed {
  readonly proposal: string;
  readonly digest: string;
  readonly created: string;
  readonly votes: readonly string[];
  readonly witnessVersion: number;
  readonly witnessRecord: string | null;
  readonly effects: readonly {
    readonly id: string;
    readonly kind: Kind;
    readonly stream: string;
    readonly digest: string;
  }[];
}

const closedShape = /* @__PURE__ */ object({
  state: oneOf("committed"),
  proposal: uuidV7,
  digest,
  created: digest,
  votes: list(digest, MAX_WITNESSES),
  witnessVersion: count,
  witnessRecord: nullOr(digest),
  effects: list(object({ id: uuidV7, kind: oneOf(...Object.keys(KINDS)), stream: identifier, digest }), 256),
  mode: oneOf("quorum"),
});
const createdShape = /* @__PURE__ */ object({ proposal: proposalShape, digest });
const voteShape = /* @__PURE__ */ object({ proposal: uuidV7, vote: anyObject, reason: textUpTo(1024) });

function need(holds: boolean, detail: string): void {
  if (!holds) throw new Refusal(detail, "quorum-invalid");
}

function missing(detail: string): Refusal {
  return new Refusal(`${detail}; export it with the bundle`, "quorum-missing");
}

export function bindQuorumCheck(
  platform: ReadPlatform,
  { draftDigest }: Pick<RecordHash, "draftDigest">,
): QuorumCheck {
  const { sha256, withCanonical } = platform;
  const { proposalDigest } = bindProposals(platform);
  const { verifyVote } = bindVotes(platform, bindAttestations(platform));
  const { changeWitnesses, enterQuorum } = bindWitnessSets(platform, bindWitnessStatements(platform));
  const digestOf = (value: unknown) =>
    withCanonical("", value, { maxBytes: 4 << 20 }, (bytes) => toHex(sha256(bytes)));

  /** The record of a hash, of its kind, in the stream of a proposal, with a payload of its shape. */
  function part(proved: readonly Proved[], hash: string, kind: Kind, id: string, shape: Shape): Proved {
    const found = proved.find(({ rh }) => rh === hash);
    if (found === undefined) throw missing(`the ${kind} ${hash} of proposal ${id} is not in the bundle`);
    const { record } = found;
    need(
      record.kind === kind && record.stream === `proposal/${id}`,
      `${hash} is no ${kind} of proposal ${id}`,
    );
    shape(record.payload, ["payload"], 1);
    return found;
  }

  /** That the effect is what the proposal says, and stands where it would have stood when it was proposed. */
  function requireContent({ entry, content, prevHash }: Proposal, effect: CanonRecord): void {
    const { kind, loa, payload, prev, stream } = effect;
    need(
      kind === entry.kind && loa === entry.loa,
      `the proposal is for a ${entry.kind} at ${entry.loa}, this is a ${kind} at ${loa}`,
    );
    if (kind === "record.erased") {
      const { principal, complete } = bodyOf(effect);
      need(
        digestOf({ principal, complete }) === digestOf(content),
        "the receipt is of another erasure than the proposal",
      );
      return;
    }
    need(stream === entry.stream, `the proposal is for ${entry.stream}, the record is in ${stream}`);
    need(prev === prevHash, `the proposal is for what follows ${prevHash}, the record follows ${prev}`);
    need(digestOf(payload) === digestOf(content), "the record's payload is not the proposal's content");
  }

  /** The sets of the bundle so far, the first at 0; the one in force when the proposal was created. */
  function setAtCreation(
    sets: readonly WitnessSet[],
    { witnessVersion }: Proposal,
    created: number,
  ): WitnessSet {
    const set = sets[witnessVersion - 1];
    const next = sets[witnessVersion];
    need(
      set !== undefined && set.leaf < created,
      `no version ${witnessVersion} of the witness set was in force at leaf ${created}`,
    );
    need(
      next === undefined || created < next.leaf,
      `version ${witnessVersion} was not in force any more at leaf ${created}`,
    );
    return set as WitnessSet;
  }

  function prove(
    effect: Proved,
    proved: readonly Proved[],
    trust: TrustFile,
    sets: readonly WitnessSet[],
  ): string {
    const { id } = effect.record;
    const commit = proved.find(({ record }) => namedBy(record).includes(id));
    if (commit === undefined)
      throw missing(`no committed proposal in the bundle wrote ${effect.record.kind} ${id}`);
    closedShape(commit.record.payload, ["payload"], 1);
    const closed = commit.record.payload as unknown as Closed;
    const named = closed.effects.find((each) => each.id === id);
    need(
      named?.digest === draftDigest(effect.record),
      `${id} is not the record that the proposal's end names`,
    );
    need(
      commit.record.stream === `proposal/${closed.proposal}`,
      "the end of the proposal stands in another stream",
    );
    const one = closed.effects.every(({ kind }) => kind === "record.erased") || closed.effects.length === 1;
    need(one, "a proposal writes one record, and its end names several");

    const created = part(proved, closed.created, "proposal.created", closed.proposal, createdShape);
    const { proposal, digest: said } = created.record.payload as unknown as {
      proposal: Proposal;
      digest: string;
    };
    const computed = proposalDigest(proposal);
    need(
      computed === said && computed === closed.digest,
      `the proposal's digest is ${computed}, its records say ${said} and ${closed.digest}`,
    );
    need(
      proposal.id === closed.proposal && proposal.runtimeId === trust.runtimeId,
      "the proposal is another's, or of another runtime",
    );
    requireContent(proposal, effect.record);
    const { expiresAt } = proposal;
    need(
      effect.record.ts < expiresAt && commit.record.ts < expiresAt,
      `it was committed at ${commit.record.ts}, and its time was over at ${expiresAt}`,
    );
    need(
      created.index < effect.index && effect.index < commit.index,
      "proposal, record and end are not in this order in the log",
    );

    const set = sets.at(-1) as WitnessSet;
    if (closed.witnessVersion > set.version)
      throw missing(
        `the commit was under version ${closed.witnessVersion} of the witness set, the bundle proves ${set.version}`,
      );
    need(
      closed.witnessVersion === set.version && closed.witnessRecord === set.record,
      `the commit names another witness set than version ${set.version}`,
    );
    const votes = closed.votes.map((hash) => {
      const { index, record } = part(proved, hash, "proposal.vote", closed.proposal, voteShape);
      need(
        created.index < index && index < effect.index,
        `the vote at leaf ${index} is not between the proposal and its commit`,
      );
      const vote = record.payload.vote as unknown as SignedAttestation;
      return verifyVote({ leaf: index, ts: record.ts, hash, vote }, set);
    });
    const { approve } = countVotes({ proposal, digest: computed }, votes, set, effect.index);
    const least = leastApprovals(effect.record) ?? 1;
    const active = activeWitnesses(setAtCreation(sets, proposal, created.index)).length;
    const k = Math.max(proposal.requiredK, approvalsOf(least, active));
    need(approve.length >= k, `${approve.length} approvals count, ${k} are needed`);
    return `approved by ${approve.map(({ vote }) => vote.attestation.witness).join(", ")}; ${k} were needed`;
  }

  /** The records after the ceremony that only a committed proposal writes, and those that the end of one names. */
  function governed(proved: readonly Proved[], after: number): Proved[] {
    const named = new Set(proved.flatMap(({ record }) => namedBy(record)));
    return proved
      .filter(
        ({ index, record }) =>
          index > after && (named.has(record.id) || leastApprovals(record) !== undefined),
      )
      .sort((a, b) => a.index - b.index);
  }

  function follow(proved: readonly Proved[], trust: TrustFile, ceremony: Proved, steps: Steps): void {
    const enrolled = (kid: string) =>
      Object.entries(trust.keys).find(([, keys]) => keys.some((key) => key.kid === kid))?.[0];
    const asSet = ({ index, record, rh }: Proved): SetRecord => {
      return { leaf: index, ts: record.ts, hash: rh, payload: record.payload, enrolled };
    };
    const sets: WitnessSet[] = [];
    const make = ({ id }: CanonRecord, check: () => string) =>
      steps.make("quorum", id, "quorum-invalid", check);
    let sound = make(ceremony.record, () => {
      need(ceremony.record.kind === "quorum.entered", "the pinned ceremony is another kind of record");
      sets.push(enterQuorum(trust.runtimeId, asSet(ceremony)));
      return `the pinned ceremony names ${sets[0]?.witnesses.length} witnesses`;
    });
    for (const each of governed(proved, ceremony.index)) {
      // Behind a change that does not hold, nobody knows whose votes count.
      if (!sound) return;
      sound = make(each.record, () => {
        const sentence = prove(each, proved, trust, sets);
        if (each.record.kind === "witness.change")
          sets.push(changeWitnesses(sets.at(-1) as WitnessSet, asSet(each)));
        return sentence;
      });
    }
  }

  return (proved, trust, steps) => {
    const about = proved.filter(
      ({ record }) =>
        record.kind === "quorum.entered" ||
        leastApprovals(record) !== undefined ||
        namedBy(record).length > 0,
    );
    const pinned = trust?.quorum.ceremony ?? undefined;
    const first = about.find(({ record: { payload } }) => pinned !== undefined || payload.mode === "quorum");
    if (first === undefined) return;
    const ceremony = proved.find(({ rh }) => rh === pinned);
    if (trust !== undefined && ceremony !== undefined) {
      follow(proved, trust, ceremony, steps);
      return;
    }
    steps.make("quorum", first.record.id, "quorum-missing", () => {
      if (trust === undefined) throw new NotChecked("no trust file pins a ceremony, so no vote was counted");
      if (pinned === undefined)
        throw new Refusal(
          "the trust file is of solo mode and pins no ceremony; get a newer one",
          "ceremony-not-pinned",
        );
      throw missing(`the ceremony ${pinned} that the trust file pins is not in the bundle`);
    });
  };
}

/** The ids of the records that the end of a proposal says it wrote. */
function namedBy({ kind, payload }: CanonRecord): unknown[] {
  const { effects } = payload;
  if (kind !== "proposal.closed" || !Array.isArray(effects)) return [];
  return effects.map((each) => (each as { id?: unknown } | null)?.id);
}
