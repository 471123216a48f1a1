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

/** SHA-256 over the RFC 8785 bytes of a payload or a content, in hex. */
export function digestOf(content: unknown): string {
  return toHex(sha256(canonicalBytes(content)));
}

/** The records of a proposal's life. */
export const PROPOSAL_KINDS = ["proposal.created", "proposal.vote", "proposal.closed"] as const;

/** Every proposal there ever was, from the records in the order of the log. */
export class ProposalRegister {
  readonly #all = new Map<string, KeptProposal>();
  readonly #wrote = new Map<string, string>();
  #last = -1;

  get(id: string): KeptProposal | undefined {
    return this.#all.get(id);
  }

  /** The committed proposal that wrote a record; undefined where one person did. */
  thatWrote(record: string): string | undefined {
    return this.#wrote.get(record);
  }

  /** In the order in which they were created. */
  get all(): readonly KeptProposal[] {
    return [...this.#all.values()];
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
      this.#all.set(proposal.id, {
        proposal: kept,
        ...{ digest, contentDigest },
        loa: author.loa,
        placed,
        votes: [],
        closed: null,
      });
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
      found.votes.push({ verified, placed, reason });
    } catch (error) {
      // Whoever reads the log offline does not count it either.
      if (!(error instanceof CanonError)) throw error;
    }
  }
}
