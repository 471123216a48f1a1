import type { CanonRecord } from "@sigil/canon";
import { toHex } from "@sigil/crypto";
import { hashRef } from "../seal.ts";
import type { LeafRow } from "../storage.ts";
import type { Fault } from "./record.ts";

/** Where a record says that it stands. */
export type Place = Pick<CanonRecord, "stream" | "seq" | "prev">;

/** The record of a stream that the next one must name. Undefined: not known, and so nothing is held against it. */
export interface Last {
  readonly index: number;
  readonly seq: number | undefined;
  readonly hash: string | undefined;
}

/** A record that must have existed, because the next one of its stream names it. */
export interface MissedRecord {
  /** The leaves between which it stood. */
  readonly after: number;
  readonly before: number;
  readonly detail: string;
}

/**
 * Follows every stream in log order: `seq` counts without gaps and `prev` is the hash of the record before. A row that
 * does not open keeps its place by its clear record hash, so that one damaged record is not reported as two.
 */
export class StreamCheck {
  readonly #last = new Map<string, Last>();
  readonly #missing: number[] = [];
  readonly missed: MissedRecord[] = [];

  /** Whether a stream's last record is known; if not, it begins with the next one, or before what is looked at. */
  knows(blind: Uint8Array): boolean {
    return this.#last.has(toHex(blind));
  }

  /** The last record of a stream before the leaves that are looked at. */
  begins(blind: Uint8Array, last: Last): void {
    this.#last.set(toHex(blind), last);
  }

  /** A leaf without a row, or with one that the log does not commit to. */
  absent(index: number): void {
    this.#missing.push(index);
  }

  /** A row whose record cannot be read, and whose hash column the log commits to. */
  unreadable(row: LeafRow): void {
    const stream = toHex(row.stream);
    const last = this.#last.get(stream);
    this.#last.set(stream, {
      index: row.index,
      seq: next(last),
      hash: hashRef(row.rh),
    });
  }

  /** A record that opened; `blind` is the true blind index of its stream. */
  record(index: number, record: Place, rh: string, blind: Uint8Array): Fault[] {
    const stream = toHex(blind);
    const last = this.#last.get(stream);
    const { seq, prev } = record;
    this.#last.set(stream, { index, seq, hash: rh });
    const expected = next(last) ?? seq;
    const continues = last === undefined ? prev === null : prev === (last.hash ?? prev);
    if (seq === expected && continues) return [];
    const after = last?.index ?? -1;
    if (seq > expected && this.#missing.some((gone) => gone > after && gone < index)) {
      const count = seq - expected;
      const which = count === 1 ? `record ${prev}` : `${count} records, the last of them ${prev}`;
      this.missed.push({ after, before: index, detail: `${which} of stream ${record.stream}` });
      return [];
    }
    const detail = `it is at ${seq} after ${prev ?? "nothing"}, its stream goes on at ${expected} after ${last?.hash ?? "nothing"}`;
    return [{ check: "chain", detail }];
  }
}

function next(last: Last | undefined): number | undefined {
  if (last === undefined) return 0;
  return last.seq === undefined ? undefined : last.seq + 1;
}
