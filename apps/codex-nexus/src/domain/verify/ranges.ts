import { hashRef } from "../seal.ts";
import type { Inspection } from "./inspection.ts";
import { putLeafHash, putNodeHash } from "./leaf-hash.ts";
import type { Prefix } from "./prefix.ts";
import { examine, type KeyedGround } from "./record.ts";
import type { Place } from "./streams.ts";

/** Ranges of 1024 leaves. */
export const RANGE_LEVEL = 10;
const HASH = 32;
/** Rows that are held at a time: a row may be megabytes, and a range is as many of them as it is. */
const ROWS = 64;

/** What is left to do of a leaf that is sound by itself: its place in its stream, and whether a receipt names it. */
export interface Fact extends Place {
  readonly index: number;
  readonly id: string;
  readonly kind: string;
  /** `sha256:<hex>` */
  readonly rh: string;
}

/**
 * What was decided about a range. `sound`: every row gives the leaf hash that the tree holds, and every stored node over
 * the range is the hash of its children. Leaves in `open` were not decided about. A range that is not sound has nothing
 * decided: that says nothing against it, only that each of its rows has to be looked at.
 */
export type RangeVerdict =
  | { readonly sound: false }
  | { readonly sound: true; readonly open: readonly number[]; readonly facts: readonly Fact[] };

const UNDECIDED: RangeVerdict = { sound: false };

/** Hashes that every thread of a verification writes its ranges into; each byte has one writer. */
export interface SharedHashes {
  /** 32 bytes a leaf. */
  readonly leaves: Uint8Array;
  /** 32 bytes a complete range: the root of its subtree. */
  readonly roots: Uint8Array;
}

/** Room for the hashes of a log. */
export function roomFor({ size, level }: Span): SharedHashes {
  const room = (hashes: number) => new Uint8Array(new SharedArrayBuffer(hashes * HASH));
  return { leaves: room(size), roots: room(Math.floor(size / 2 ** level)) };
}

/** The leaves that a verification looks at: those after a prefix, up to the size that is signed. */
export interface Span {
  /** A range is a complete subtree: 2^`level` leaves that begin at a multiple of as many; the last one may be shorter. */
  readonly level: number;
  readonly prefix: Prefix;
  readonly size: number;
}

/** The first range with leaves of a span, and one past the last. */
export function rangesOf({ prefix, size, level }: Span): { first: number; end: number } {
  return { first: Math.floor(prefix.size / 2 ** level), end: Math.ceil(size / 2 ** level) };
}

/** The leaves of a span in a range; the first one may begin in its middle. */
export function rangeAt(range: number, { prefix, size, level }: Span): { from: number; count: number } {
  const from = Math.max(range * 2 ** level, prefix.size);
  return { from, count: Math.min((range + 1) * 2 ** level, size) - from };
}

/**
 * Decides about a range what can be decided when nothing is wrong with it, by comparing whole ranges of bytes. It may only
 * say that something is right. It may look at a later view of the store than the verification's own: a row of a log never
 * changes but by a rewrapped or a destroyed key, and a row whose key is gone is left open here.
 */
export class RangeExaminer {
  readonly #inspection: Inspection;
  readonly #shared: SharedHashes;
  readonly #span: Span;
  readonly #keyed: KeyedGround | undefined;
  readonly #upper: Buffer;

  constructor(inspection: Inspection, span: Span, shared: SharedHashes, keyed: KeyedGround | undefined) {
    this.#inspection = inspection;
    this.#span = span;
    this.#upper = Buffer.alloc(2 ** (span.level - 1) * HASH);
    this.#shared = shared;
    this.#keyed = keyed;
  }

  async examine(range: number): Promise<RangeVerdict> {
    const { from, count } = rangeAt(range, this.#span);
    const { buffer, byteOffset } = this.#shared.leaves;
    const leaves = Buffer.from(buffer, byteOffset + from * HASH, count * HASH);
    const special: number[] = [];
    for (let at = 0; at < count; at += ROWS) {
      const rows = this.#inspection.sealed(from + at, Math.min(ROWS, count - at));
      if (rows === undefined) return UNDECIDED;
      for (const [beside, [ct, rh, isSpecial]] of rows.entries()) {
        putLeafHash(ct, rh, leaves, (at + beside) * HASH);
        if (isSpecial === 1) special.push(from + at + beside);
      }
    }
    if (!this.#stored(0, from, leaves) || !this.#subtrees(range)) return UNDECIDED;
    // Record 0 is held against what the trust file pins.
    if (from === 0 && special[0] !== 0) special.unshift(0);
    if (this.#keyed === undefined) return { sound: true, open: special, facts: [] };
    return this.#records(from, count, new Set(special), this.#keyed);
  }

  /** The levels of the range's subtree against the stored ones; a complete one leaves its root. */
  #subtrees(range: number): boolean {
    const { prefix, size, level: top } = this.#span;
    const from = range * 2 ** top;
    const { buffer, byteOffset } = this.#shared.leaves;
    const leaves = Math.min(2 ** top, size - from);
    let below = Buffer.from(buffer, byteOffset + from * HASH, leaves * HASH);
    for (let level = 1; level <= top; level += 1) {
      const count = Math.floor(leaves / 2 ** level);
      if (count === 0) return true;
      // The first node that is not over leaves of the prefix alone, and what the prefix has on its left.
      const first = Math.max(0, Math.floor(prefix.size / 2 ** level) - from / 2 ** level);
      const left = prefix.size > from ? prefix.subtrees.get(level - 1) : undefined;
      if (left !== undefined) below.set(left, 2 * first * HASH);
      // A level is computed in the memory of the one below: a node is written where its children were read already.
      const nodes = this.#upper.subarray(0, count * HASH);
      for (let at = first; at < count; at += 1) putNodeHash(below, at * 2 * HASH, nodes, at * HASH);
      if (!this.#stored(level, from / 2 ** level + first, nodes.subarray(first * HASH))) return false;
      below = nodes;
    }
    this.#shared.roots.set(below, range * HASH);
    return true;
  }

  #stored(level: number, from: number, computed: Buffer): boolean {
    const stored = this.#inspection.hashes(level, from, computed.length / HASH);
    return stored !== undefined && Buffer.concat(stored).equals(computed);
  }

  /** Every check of the records that needs keys; one that fails any of them is left open. */
  async #records(
    from: number,
    count: number,
    special: ReadonlySet<number>,
    keyed: KeyedGround,
  ): Promise<RangeVerdict> {
    const open: number[] = [];
    const facts: Fact[] = [];
    for (let at = 0; at < count; at += ROWS) {
      for (const leaf of await this.#inspection.leaves(from + at, Math.min(ROWS, count - at))) {
        const { index, row, tags = [] } = leaf;
        const examined = row === undefined || special.has(index) ? undefined : examine(row, tags, keyed);
        if (row === undefined || examined?.signed === undefined || examined.faults.length > 0) {
          open.push(index);
          continue;
        }
        const { id, kind, stream, seq, prev } = examined.signed.record;
        facts.push({ index, id, kind, stream, seq, prev, rh: hashRef(row.rh) });
      }
    }
    return { sound: true, open, facts };
  }
}

/** Who examines the ranges of a verification: this thread alone, or several. */
export interface Ranges {
  /** Of the ranges that it examines. */
  readonly level: number;
  /** Begins, where there are other threads to begin on. */
  start(job: RangeJob): void;
  /** The verdicts of every range, in log order. */
  verdicts(): AsyncIterable<RangeVerdict>;
  /** Ends early; also after the end. */
  stop(): Promise<void>;
}

export interface RangeJob {
  readonly span: Span;
  readonly shared: SharedHashes;
  readonly keyed: boolean;
  /** Examines on this thread, in the verification's own view of the store. */
  readonly here: RangeExaminer;
}
