import type { CanonRecord } from "@sigil/canon";
import { StoreError } from "../domain/error.ts";
import { exportedEntries, type RememberingGround, walkStore } from "./sources.ts";

/** The records that make the mode and the witness set, and those of the proposals that wrote them. */
const SET_KINDS: ReadonlySet<string> = new Set(["quorum.entered", "witness.change"]);
const LIFE_KINDS: ReadonlySet<string> = new Set(["proposal.created", "proposal.vote", "proposal.closed"]);
const DECISION_KINDS: ReadonlySet<string> = new Set(["decision", "decision.outcome"]);

/** What came after a backup and governs, whole records in the order of the log; and what of it is not known, as a sentence. */
export interface Governing {
  readonly records: readonly CanonRecord[];
  readonly lost?: string;
}

/**
 * The ceremony and the changes of the witness set that came after the `size` records that a backup shares with the log, each with its decision, its
 * proposal, the votes and the outcome. They are written again exactly as they were: a hash that is pinned, and votes over it,
 * allow no other. A change is only there with everything that makes it count, and with every change before it. Throws
 * `restore-quorum` where the backup holds other changes in their places.
 */
export async function governingAfter(ground: RememberingGround, size: number): Promise<Governing> {
  const { trust, database } = ground;
  if (trust.quorum.mode !== "quorum") return { records: [] };
  const found = new Map<string, { record: CanonRecord; index: number }>();
  const keep = (record: CanonRecord, index: number) => found.set(record.id, { record, index });
  for (const { record, index } of exportedEntries(ground)) if (index >= size) keep(record, index);
  const kinds = new Set([...SET_KINDS, ...LIFE_KINDS, ...DECISION_KINDS]);
  const whole = await walkStore(ground, database, size, kinds, keep);
  const held = new Map<string, string>();
  await walkStore(ground, ground.file, size, kinds, (record) => held.set(placeOf(record), record.id));
  const after = [...found.values()].sort((a, b) => a.index - b.index).map(({ record }) => record);
  const changes = after.filter(({ kind }) => SET_KINDS.has(kind));
  const streams = new Set<string>();
  let broken: CanonRecord | undefined;
  for (const change of changes) {
    const parts = partsOf(change, after);
    if (parts === undefined) broken = change;
    if (parts === undefined) break;
    for (const stream of parts) streams.add(stream);
  }
  const records = after.filter((record) => {
    const there = held.get(placeOf(record));
    if (there !== undefined && there !== record.id && streams.has(record.stream)) throw forked(record);
    return there === undefined && streams.has(record.stream);
  });
  const gone =
    "votes of witnesses who were revoked since count again: look at `sigil witness list` before lockdown is left.";
  if (broken !== undefined)
    return {
      records,
      lost: `The ${broken.kind} ${broken.id} and what came after it could not be read whole; ${gone}`,
    };
  if (whole === true) return { records };
  return {
    records,
    lost: `Which witnesses were revoked or rotated after the backup is not known whole; ${gone}`,
  };
}

function placeOf({ seq, stream }: CanonRecord): string {
  return `${stream} ${seq}`;
}

/** A backup of an epoch before may hold more than it shares with the log that went on: other changes in the same places. */
function forked({ id, kind, stream }: CanonRecord): StoreError {
  return new StoreError(
    "restore-quorum",
    `the backup goes on in ${stream} otherwise than the store that is there, with another record than the ${kind} ${id}`,
    { remedy: "Restore a backup of the present epoch, or one that is older than the change." },
  );
}

/** The streams of everything that makes a change count; undefined when some of it is not there. */
function partsOf(change: CanonRecord, after: readonly CanonRecord[]): string[] | undefined {
  const { decision } = change.author;
  if (decision === undefined) return undefined;
  const outcome = `decision/${decision}`;
  const decided = after.filter(({ stream }) => stream === outcome);
  if (decided.length !== DECISION_KINDS.size) return undefined;
  if (change.kind === "quorum.entered") return [change.stream, outcome];
  const end = after.find(({ author, kind }) => kind === "proposal.closed" && author.decision === decision);
  if (end === undefined) return undefined;
  return [change.stream, outcome, end.stream];
}
