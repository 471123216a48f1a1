import type { KeyObject } from "node:crypto";
import { CLEAR_COLUMNS } from "../domain/columns.ts";
import type { Placed, Sealed } from "../domain/seal.ts";

// Records on their way to a thread that seals, and back: few objects and long strings, because a structured clone of an
// object for each record costs more than half of what sealing it does.

/** Records for a thread: of each its clear columns and its hash, a line each, and its message. */
export interface PackedRecords {
  readonly keys: {
    readonly origin: string;
    readonly recordKey: { readonly kid: string; readonly object: KeyObject };
    readonly kek: { readonly id: string; readonly object: KeyObject };
  };
  readonly lines: string;
  readonly lengths: readonly number[];
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Sealed records, or why there are none. Of each its `ch`, a line, and ciphertext ‖ wrapped key (60) ‖ leaf hash (32). */
export type SealAnswer =
  | { readonly lines: string; readonly lengths: readonly number[]; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly failed: string };

const WRAPPED = 60;
const LEAF = 32;
const LINES = CLEAR_COLUMNS.length + 1;

function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export function packRecords(records: readonly Placed[], keys: PackedRecords["keys"]): PackedRecords {
  // None of these has a line feed in it: they were checked, and most are of closed lists.
  const lines = records.flatMap(({ clear, hash }) => [...CLEAR_COLUMNS.map((column) => clear[column]), hash]);
  return {
    keys,
    lines: lines.join("\n"),
    lengths: records.map(({ message }) => message.length),
    bytes: joined(records.map(({ message }) => message)),
  };
}

export function unpackRecords({ lines, lengths, bytes }: PackedRecords): Placed[] {
  const texts = lines.split("\n");
  let end = 0;
  return lengths.map((length, at) => {
    const [id, kind, space, loa, ts, hash] = texts.slice(at * LINES, (at + 1) * LINES) as [
      ...[string, string, string, string, string, string],
    ];
    end += length;
    return { clear: { id, kind, space, loa, ts }, message: bytes.subarray(end - length, end), hash };
  });
}

export function packSealed(sealed: readonly Sealed[]): SealAnswer & { bytes: Uint8Array<ArrayBuffer> } {
  return {
    lines: sealed.map(({ ch }) => ch).join("\n"),
    lengths: sealed.map(({ ct }) => ct.length),
    bytes: joined(sealed.flatMap(({ ct, wrappedDek, leaf }) => [ct, wrappedDek, leaf])),
  };
}

export function unpackSealed(answer: Exclude<SealAnswer, { failed: string }>): Sealed[] {
  const hashes = answer.lines.split("\n");
  let end = 0;
  const next = (length: number) => {
    end += length;
    return answer.bytes.subarray(end - length, end);
  };
  return answer.lengths.map((length, at) => ({
    ct: next(length),
    wrappedDek: next(WRAPPED),
    leaf: next(LEAF),
    ch: hashes[at] as string,
  }));
}
