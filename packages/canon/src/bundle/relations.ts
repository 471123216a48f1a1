import type { CanonRecord } from "../record/frame.ts";
import type { Records } from "../record/records.ts";
import { effectsOf } from "./citations.ts";
import { Refusal, type Steps } from "./steps.ts";

/** Neighbours in a stream that are both in the bundle must be chained, and no position may be taken twice. */
export function checkStreamLinks(all: readonly CanonRecord[], { recordHash }: Records, steps: Steps): void {
  const place = (stream: string, seq: number) => `${stream} ${seq}`;
  const at = new Map<string, CanonRecord>();
  for (const record of all) {
    const { seq, stream } = record;
    const other = at.get(place(stream, seq));
    at.set(place(stream, seq), record);
    if (other === undefined) continue;
    steps.make("stream-link", record.id, "stream-link-mismatch", () => {
      throw new Refusal(
        "stream-link-mismatch",
        `${other.id} has the same position ${seq} in ${stream}: a fork`,
      );
    });
  }
  for (const { id, prev, seq, stream } of all) {
    const before = at.get(place(stream, seq - 1));
    if (before === undefined) continue;
    steps.make("stream-link", id, "stream-link-mismatch", () => {
      if (recordHash(before) === prev) return `follows ${before.id} in ${stream}`;
      throw new Refusal(
        "stream-link-mismatch",
        `prev is ${prev}, but ${stream} has ${recordHash(before)} before it`,
      );
    });
  }
}

/** An effect that a decision's outcome names and that is in the bundle must be what the outcome says. */
export function checkEffects(all: readonly CanonRecord[], { draftDigest }: Records, steps: Steps): void {
  const byId = new Map(all.map((record) => [record.id, record]));
  for (const outcome of all) {
    for (const { digest, id } of effectsOf(outcome)) {
      const effect = byId.get(id);
      if (effect === undefined) continue;
      steps.make("effects", outcome.id, "effect-digest-mismatch", () => {
        if (draftDigest(effect) === digest) return `bound to ${id} as it was decided`;
        throw new Refusal("effect-digest-mismatch", `${id} is not the record that was decided`);
      });
    }
  }
}
