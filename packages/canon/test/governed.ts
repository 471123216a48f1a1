import * as canon from "../src/index.ts";
import { bundleOf, draft, id, pin, TS, trust } from "./fixture.ts";
import { ballot, entered, type Person, proposal } from "./quorum.ts";

// A log in quorum mode as people fill it: the ceremony, and proposals with votes and what they wrote.

/** What the test changes before a record is written. */
export interface Twists {
  readonly proposal?: Partial<canon.Proposal>;
  readonly created?: Record<string, unknown>;
  readonly votes?: readonly (readonly [Person, Partial<canon.Attestation>?])[];
  /** Changes an attestation after it was signed. */
  readonly vote?: (vote: canon.SignedAttestation) => canon.SignedAttestation;
  readonly effect?: Partial<canon.RecordDraft>;
  readonly closed?:
    | Record<string, unknown>
    | ((made: { created: string; votes: readonly string[] }) => Record<string, unknown>);
  /** Time of the commit. */
  readonly ts?: string;
}

/** Records in their order, each placed behind the last of its stream. */
export class Log {
  readonly records: canon.CanonRecord[] = [];

  add(kind: canon.Kind, stream: string, payload: unknown, changes: Partial<canon.RecordDraft> = {}, ts = TS) {
    const seq = this.records.filter((each) => each.stream === stream).length;
    const last = this.records.findLast((each) => each.stream === stream);
    const base = draft(200 + this.records.length, {
      kind,
      stream,
      space: "system",
      payload: payload as canon.JsonObject,
      ...changes,
    });
    const prev = last === undefined ? null : canon.recordHash(last);
    const record = canon.completeDraft(base, { seq, prev, ts });
    this.records.push(record);
    return canon.recordHash(record);
  }

  tip(stream: string): string | null {
    const last = this.records.findLast((each) => each.stream === stream);
    return last === undefined ? null : canon.recordHash(last);
  }
}

/** A whole life: created, voted on, committed. Returns the hash of the record that it wrote. */
export function govern(
  log: Log,
  about: canon.Proposal,
  set: { version: number; record: string },
  twists: Twists = {},
) {
  const stream = `proposal/${about.id}`;
  const digest = canon.proposalDigest(about);
  const created = log.add("proposal.created", stream, { proposal: about, digest, ...twists.created });
  const votes = (twists.votes ?? [["bea"], ["cid"]]).map(([person, changes]) => {
    const signed = ballot(person, about, changes);
    const vote = twists.vote?.(signed) ?? signed;
    return log.add("proposal.vote", stream, { proposal: about.id, vote, reason: "" });
  });
  const { kind, loa, stream: target } = about.entry;
  const written = log.add(kind, target, about.content, { loa, ...twists.effect }, twists.ts);
  const effect = log.records.at(-1) as canon.CanonRecord;
  const effects = [
    { id: effect.id, kind: effect.kind, stream: effect.stream, digest: canon.draftDigest(effect) },
  ];
  const closed = { state: "committed", proposal: about.id, digest, created, votes, effects, mode: "quorum" };
  const inForce = { witnessVersion: set.version, witnessRecord: set.record };
  const changed = typeof twists.closed === "function" ? twists.closed({ created, votes }) : twists.closed;
  log.add("proposal.closed", stream, { ...closed, ...inForce, ...changed }, {}, twists.ts);
  return written;
}

export interface Governed {
  readonly bundle: canon.ProofBundle;
  readonly trust: canon.TrustFile;
  readonly log: Log;
}

/**
 * A bundle of a log with genesis, what `before` adds, the ceremony and what `fill` adds, and the trust file that pins the
 * ceremony.
 */
export function governed(
  fill: (log: Log, ceremony: string) => void,
  before: (log: Log) => void = () => undefined,
): Governed {
  const log = new Log();
  log.add("system.genesis", "system/genesis", {});
  before(log);
  const ceremony = log.add("quorum.entered", "system/quorum", entered());
  fill(log, ceremony);
  const pinned: canon.TrustFile = {
    ...trust,
    genesis: canon.recordHash(log.records[0] as canon.CanonRecord),
    quorum: { mode: "quorum", ceremony },
  };
  return { bundle: bundleOf(log.records), trust: pinned, log };
}

/** One configuration change, agreed to by bea and cid, with one thing that is not as it must be. */
export function agreed(twists: Twists = {}): Governed {
  return governed((log, record) =>
    govern(log, proposal({ ...twists.proposal }), { version: 1, record }, twists),
  );
}

/** A bundle without the leaves of some kinds. */
export function without({ bundle }: Governed, ...kinds: readonly string[]): canon.ProofBundle {
  return {
    ...bundle,
    entries: bundle.entries.filter(({ record }) => !kinds.includes(record?.record.kind ?? "")),
  };
}

export { id, pin };
