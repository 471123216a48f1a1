import type { CanonRecord } from "../record/frame.ts";
import type { RecordHash } from "../record/hash.ts";
import type { BundleEntry } from "./bundle-file.ts";
import { effectsOf } from "./citations.ts";
import { Refusal, type Steps } from "./steps.ts";

/** A record that a bundle holds, at its leaf. */
export interface Proved {
  readonly index: number;
  readonly record: CanonRecord;
  readonly rh: string;
}

/** The leaves of a bundle that come with their record. */
export function provedOf(entries: readonly BundleEntry[]): Proved[] {
  return entries.flatMap(({ index, record, rh }) => (record ? [{ index, record: record.record, rh }] : []));
}

/**
 * Neighbours in a stream that are both in the bundle must be chained, and no position may be taken twice. The hash of each
 * record is the one that its leaf says, which was checked before.
 */
export function checkStreamLinks(all: readonly Proved[], steps: Steps): void {
  const place = (stream: string, seq: number) => `${stream} ${seq}`;
  const at = new Map<string, Proved>();
  for (const each of all) {
    const { id, seq, stream } = each.record;
    const other = at.get(place(stream, seq));
    at.set(place(stream, seq), each);
    if (other === undefined) continue;
    steps.make("stream-link", id, "stream-link-mismatch", () => {
      const message = `${other.record.id} has the same position ${seq} in ${stream}: a fork`;
      throw new Refusal(message);
    });
  }
  for (const { record } of all) {
    const { id, prev, seq, stream } = record;
    const before = at.get(place(stream, seq - 1));
    if (before === undefined) continue;
    steps.make("stream-link", id, "stream-link-mismatch", () => {
      if (before.rh === prev) return `follows ${before.record.id} in ${stream}`;
      throw new Refusal(`prev is ${prev}, but ${stream} has ${before.rh} before it`);
    });
  }
}

/** An effect that a decision's outcome names and that is in the bundle must be what the outcome says. */
export function checkEffects(
  proved: readonly Proved[],
  { draftDigest }: Pick<RecordHash, "draftDigest">,
  steps: Steps,
): void {
  const all = proved.map(({ record }) => record);
  const byId = new Map(all.map((record) => [record.id, record]));
  for (const outcome of all) {
    for (const { digest, id } of effectsOf(outcome)) {
      const effect = byId.get(id);
      if (effect === undefined) continue;
      steps.make("effects", outcome.id, "effect-digest-mismatch", () => {
        if (draftDigest(effect) === digest) return `bound to ${id} as it was decided`;
        throw new Refusal(`${id} is not the record that was decided`);
      });
    }
  }
}
