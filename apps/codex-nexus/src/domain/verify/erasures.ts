import type { VerifiedRecord } from "@sigil/canon";
import { receiptBody } from "../erasure.ts";
import { hashRef } from "../seal.ts";
import type { LeafRow } from "../storage.ts";
import type { Fault } from "./record.ts";
import type { ErasedRecord } from "./report.ts";

type Found = (index: number, fault: Fault) => void;

/**
 * Holds destroyed keys against receipts, in both directions: a key that is gone without a receipt is tampering, and so is
 * one that is back although a receipt says that it was destroyed. Receipts come later in the log than what they erase.
 */
export class ErasureCheck {
  readonly #gone: LeafRow[] = [];
  /** Kinds of the leaves that marks point at, for an audit without keys. */
  readonly #receiptKinds = new Set<number>();
  readonly #receipts = new Map<number, ReadonlyMap<number, string>>();
  readonly #kept = new Map<number, string>();

  /** A row whose key is gone. */
  erased(row: LeafRow): void {
    this.#gone.push(row);
  }

  /** Any row, in log order. */
  row({ index, kind, rh, wrappedDek }: LeafRow): void {
    if (kind === "record.erased") this.#receiptKinds.add(index);
    if (wrappedDek !== null) this.kept(index, hashRef(rh));
  }

  /** A row that still has its key. */
  kept(index: number, hash: string): void {
    this.#kept.set(index, hash);
  }

  /** A receipt that opened, and whose author's signature held; returns the leaves that it names. */
  receipt(index: number, { record }: VerifiedRecord): readonly number[] {
    const targets = receiptBody(record).targets.map(({ index: at, hash }) => [at, hash] as const);
    this.#receipts.set(index, new Map(targets));
    return targets.map(([at]) => at);
  }

  /** The first leaf about which there is something to say yet: its key is gone and no receipt has come, or is back. */
  unsettledFrom(): number {
    let first = Number.POSITIVE_INFINITY;
    for (const { index, rh, erasedBy } of this.#gone) {
      const covered = erasedBy !== undefined && this.#receipts.get(erasedBy)?.get(index) === hashRef(rh);
      if (!covered) first = Math.min(first, index);
    }
    for (const targets of this.#receipts.values())
      for (const [index, hash] of targets) if (this.#kept.get(index) === hash) first = Math.min(first, index);
    return first;
  }

  /** What was erased, and by which receipt; everything else is a finding. */
  settle(keyed: boolean, found: Found): ErasedRecord[] {
    const erased: ErasedRecord[] = [];
    for (const { index, id, rh, erasedBy, kind } of this.#gone) {
      if (erasedBy === undefined) continue;
      const covered = keyed
        ? this.#receipts.get(erasedBy)?.get(index) === hashRef(rh)
        : this.#receiptKinds.has(erasedBy);
      if (covered) erased.push({ index, id, kind, receipt: erasedBy });
      else {
        const detail = `the record's key is gone, and leaf ${erasedBy} is no receipt for it`;
        found(index, { check: "erased-without-receipt", detail });
      }
    }
    for (const [receipt, targets] of this.#receipts) {
      for (const [index, hash] of targets) {
        if (this.#kept.get(index) !== hash) continue;
        found(index, {
          check: "erasure-undone",
          detail: `the receipt at leaf ${receipt} says that its key was destroyed`,
        });
      }
    }
    return erased;
  }
}
