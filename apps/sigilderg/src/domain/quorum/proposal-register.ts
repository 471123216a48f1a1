import {
  CanonError,
  type CanonRecord,
  canonicalBytes,
  type Loa,
  type Proposal,
  proposalDigest,
  type SignedAttestation,
  type VerifiedVote,
  verifyVote,
  type WitnessSet,
} from "@sigil/canon";
import { sha256, toHex } from "@sigil/crypto";
import type { PayloadOf } from "@sigil/wire";
import { ControlPlaneError } from "../error.ts";
import type { Placed } from "./placed.ts";

/** A vote that verified, with what was recorded beside it. */
export interface KeptVote {
  readonly verified: VerifiedVote;
  readonly placed: Placed;
  readonly reason: string;
}

/** A proposal as the records tell it. Its content stays in the store: a register of years holds none of it. */
export interface KeptProposal {
  /** `content` is empty here; {@link digest} is of the whole. */
  readonly proposal: Proposal;
  readonly digest: string;
  /** Of the content alone, see {@link digestOf}. */
  readonly contentDigest: string;
  /** The level at which it was proposed. */
  readonly loa: Loa;
  readonly placed: Placed;
  readonly votes: KeptVote[];
  closed: { readonly state: "committed" | "withdrawn"; readonly placed: Placed; readonly ts: string } | null;
}

/** A vote and what it is on. */
export interface CastVote {
  readonly vote: KeptVote;
  readonly on: KeptProposal;
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** SHA-256 over the RFC 8785 bytes of a payload or a content, in hex. */
export function digestOf(content: unknown): string {
  return toHex(sha256(canonicalBytes(content)));
}

/** The records of a proposal's life. */
export const PROPOSAL_KINDS = ["proposal.created", "proposal.vote", "proposal.closed"] as const;

/** Every proposal there ever was, from the records in the order of the log. */
export class ProposalRegister {
  readonly #all = new Map<string, KeptProposal>();
  readonly #byLoa = new Map<Loa, KeptProposal[]>();
  readonly #byProposer = new Map<string, KeptProposal[]>();
  readonly #votesBy = new Map<string, CastVote[]>();
  readonly #live = new Set<KeptProposal>();
  readonly #wrote = new Map<string, string>();
  #last = -1;

  get(id: string): KeptProposal | undefined {
    return this.#all.get(id);
  }

  /** The committed proposal that wrote a record; undefined where one person did. */
  thatWrote(record: string): string | undefined {
    return this.#wrote.get(record);
  }

  /** Those of proposers of one level, in the order in which they were created. */
  of(loa: Loa): readonly KeptProposal[] {
    return this.#byLoa.get(loa) ?? [];
  }

  /** Those that one principal made, the oldest first. */
  by(proposer: string): readonly KeptProposal[] {
    return this.#byProposer.get(proposer) ?? [];
  }

  /** Votes of a witness on any proposal, the oldest first. */
  votesBy(witness: string): readonly CastVote[] {
    return this.#votesBy.get(witness) ?? [];
  }

  /** Those that may still be open or approved, in the order in which they were created. */
  get live(): ReadonlySet<KeptProposal> {
    return this.#live;
  }

  /** Says that one came to its end, which never changes: it is asked no more. */
  ended(kept: KeptProposal): void {
    this.#live.delete(kept);
  }

  /**
   * Follows one record; other kinds are ignored, and a record that is not behind the last. A vote that does not verify under the
   * set at its place counts for nothing.
   * @throws ControlPlaneError `proposal-invalid` for a proposal whose digest is not its own
   */
  absorb({ author, kind, payload, ts }: CanonRecord, placed: Placed, set: WitnessSet | undefined): void {
    if (!PROPOSAL_KINDS.some((known) => known === kind) || placed.index <= this.#last) return;
    this.#last = placed.index;
    if (kind === "proposal.created") {
      const { proposal, digest } = payload as unknown as { proposal: Proposal; digest: string };
      if (proposalDigest(proposal) !== digest || this.#all.has(proposal.id)) {
        throw new ControlPlaneError(
          "proposal-invalid",
          `the proposal ${proposal.id} at leaf ${placed.index} is not what its digest says, or was there before`,
          "Somebody wrote into the store: hold it against a checkpoint that was kept elsewhere, and restore a backup.",
        );
      }
      const kept = { ...proposal, content: {} };
      const contentDigest = digestOf(proposal.content);
      const { loa } = author;
      this.#add({ proposal: kept, digest, contentDigest, loa, placed, votes: [], closed: null });
      return;
    }
    const found = this.#all.get(String(payload.proposal));
    if (found === undefined) return;
    if (kind === "proposal.closed") {
      const end = payload as unknown as PayloadOf<"proposal.closed">;
      const { state } = end;
      if (end.state === "committed") for (const { id } of end.effects) this.#wrote.set(id, end.proposal);
      found.closed ??= { state, placed, ts };
      return;
    }
    if (set === undefined) return;
    const { vote, reason } = payload as unknown as { vote: SignedAttestation; reason: string };
    try {
      const verified = verifyVote({ leaf: placed.index, ts, hash: placed.hash, vote }, set);
      const kept = { verified, placed, reason };
      found.votes.push(kept);
      push(this.#votesBy, vote.attestation.witness, { vote: kept, on: found });
    } catch (error) {
      // Whoever reads the log offline does not count it either.
      if (!(error instanceof CanonError)) throw error;
    }
  }

  #add(kept: KeptProposal): void {
    this.#all.set(kept.proposal.id, kept);
    push(this.#byLoa, kept.loa, kept);
    push(this.#byProposer, kept.proposal.proposer, kept);
    this.#live.add(kept);
  }
}
