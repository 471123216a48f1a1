import {
  CanonError,
  type CanonRecord,
  type Commitment,
  type CommittedEnd,
  draftDigest,
  leastApprovals,
  requireAgreed,
  type WitnessSet,
} from "@sigil/canon";
import { ControlPlaneError } from "../error.ts";
import type { Governance } from "./governance.ts";
import type { Placed } from "./placed.ts";
import { digestOf, type KeptProposal } from "./proposal-register.ts";

/** A record that others must have agreed to, with what was in force right before it. */
interface Governed {
  readonly record: CanonRecord;
  readonly placed: Placed;
  readonly sets: readonly WitnessSet[];
}

/**
 * Holds the log that is read against the rule of quorum mode: behind the ceremony, what needs others was written by a committed
 * proposal with enough votes, by the same count as offline. A store that signs records makes none by itself.
 */
export class Agreements {
  readonly #waiting = new Map<string, Governed>();

  /** Reads one record, in the order of the log, right before `governance` follows it. */
  before(record: CanonRecord, placed: Placed, { witnesses }: Governance): void {
    if (witnesses.set === undefined || leastApprovals(record) === undefined || takesBack(record)) return;
    this.#waiting.set(record.id, { record, placed, sets: [...witnesses.sets] });
  }

  /**
   * Reads the same record right after `governance` has followed it.
   * @throws ControlPlaneError `governing-record-unagreed`
   */
  after(record: CanonRecord, { index }: Placed, { proposals }: Governance, runtimeId: string): void {
    const { kind, payload, stream, ts } = record;
    if (kind !== "proposal.closed" || payload.state !== "committed") return;
    const end = payload as unknown as CommittedEnd;
    const kept = proposals.get(end.proposal);
    for (const { id } of end.effects) {
      const governed = this.#waiting.get(id);
      if (governed === undefined) continue;
      if (kept === undefined) throw unagreed(governed, `there is no proposal ${end.proposal}`);
      const commitment = commitmentOf(governed, kept, { payload: end, stream, ts, index });
      try {
        requireAgreed(commitment, runtimeId);
      } catch (cause) {
        if (!(cause instanceof CanonError)) throw cause;
        throw unagreed(governed, cause.message, cause);
      }
      this.#waiting.delete(id);
    }
  }

  /** @throws ControlPlaneError `governing-record-unagreed` for a record that no proposal wrote */
  requireNoneLeft(): void {
    for (const governed of this.#waiting.values()) throw unagreed(governed, "no committed proposal wrote it");
  }
}

/**
 * What a restore writes by itself for a record of the log that it took the place of: the end of a client key, an issuer or a
 * publisher. It gives nobody anything.
 */
export function takesBack({ author, kind, payload }: CanonRecord): boolean {
  if (author.principal !== "codex-nexus" || author.decision !== undefined) return false;
  const end: Readonly<Record<string, string>> = {
    "client-key.change": "revoke",
    "issuer.change": "retire",
    "publisher.change": "revoke",
  };
  return end[kind] !== undefined && end[kind] === payload.change;
}

function commitmentOf(
  { record, placed, sets }: Governed,
  { contentDigest, digest, placed: created, proposal, votes }: KeptProposal,
  end: Commitment["end"],
): Commitment {
  const named = new Set(end.payload.votes);
  return {
    effect: {
      record,
      index: placed.index,
      draftDigest: draftDigest(record),
      contentDigest: digestOf(record.payload),
    },
    proposal: { proposal, digest, contentDigest, index: created.index },
    end,
    votes: votes.filter(({ placed: { hash } }) => named.has(hash)).map(({ verified }) => verified),
    sets,
  };
}

function unagreed({ record: { id, kind }, placed }: Governed, problem: string, cause?: unknown) {
  return new ControlPlaneError(
    "governing-record-unagreed",
    `the ${kind} ${id} at leaf ${placed.index} is of quorum mode, and others did not agree to it: ${problem}`,
    "Somebody wrote into the store past the control plane: hold it against a checkpoint that was kept elsewhere, and restore a backup.",
    { cause },
  );
}
