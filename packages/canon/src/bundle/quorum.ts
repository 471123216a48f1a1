import { toHex } from "@sigil/crypto/bytes";
import { digest, identifier, uuidV7 } from "../identifier.ts";
import type { ReadPlatform } from "../platform.ts";
import { type CommittedEnd, requireAgreed } from "../quorum/agreed.ts";
import { bindAttestations, type SignedAttestation } from "../quorum/attestation.ts";
import { leastApprovals } from "../quorum/governed.ts";
import { bindProposals, MAX_WITNESSES, type Proposal, proposalShape, textUpTo } from "../quorum/proposal.ts";
import { bindWitnessStatements } from "../quorum/statement.ts";
import { bindVotes } from "../quorum/votes.ts";
import { bindWitnessSets, type SetRecord, type WitnessSet } from "../quorum/witness-set.ts";
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

  /** What of a record's payload its proposal fixes. */
  const contentDigest = (record: CanonRecord): string => {
    if (record.kind !== "record.erased") return digestOf(record.payload);
    const { principal, complete } = bodyOf(record);
    return digestOf({ principal, complete });
  };

  function prove(
    effect: Proved,
    proved: readonly Proved[],
    trust: TrustFile,
    sets: readonly WitnessSet[],
  ): string {
    const { record, index } = effect;
    const commit = proved.find((each) => namedBy(each.record).includes(record.id));
    if (commit === undefined)
      throw missing(`no committed proposal in the bundle wrote ${record.kind} ${record.id}`);
    closedShape(commit.record.payload, ["payload"], 1);
    const end = commit.record.payload as unknown as CommittedEnd;
    const created = part(proved, end.created, "proposal.created", end.proposal, createdShape);
    const { proposal, digest: said } = created.record.payload as unknown as {
      proposal: Proposal;
      digest: string;
    };
    const computed = proposalDigest(proposal);
    need(computed === said, `the proposal's digest is ${computed}, its record says ${said}`);
    const set = sets.at(-1) as WitnessSet;
    if (end.witnessVersion > set.version)
      throw missing(
        `the commit was under version ${end.witnessVersion} of the witness set, the bundle proves ${set.version}`,
      );
    const votes = end.votes.map((hash) => {
      const { index: leaf, record: cast } = part(proved, hash, "proposal.vote", end.proposal, voteShape);
      return verifyVote(
        { leaf, ts: cast.ts, hash, vote: cast.payload.vote as unknown as SignedAttestation },
        set,
      );
    });
    const { stream, ts } = commit.record;
    return requireAgreed(
      {
        effect: { record, index, draftDigest: draftDigest(record), contentDigest: contentDigest(record) },
        proposal: {
          proposal,
          digest: computed,
          contentDigest: digestOf(proposal.content),
          index: created.index,
        },
        end: { payload: end, stream, ts, index: commit.index },
        ...{ votes, sets },
      },
      trust.runtimeId,
    );
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
