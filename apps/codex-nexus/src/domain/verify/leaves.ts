import { leafHash, type VerifiedRecord } from "@sigil/canon";
import { equalBytes, sha256 } from "@sigil/crypto";
import { hashRef } from "../seal.ts";
import type { LeafRow } from "../storage.ts";
import { beginOf } from "./boundary.ts";
import { ErasureCheck } from "./erasures.ts";
import type { Findings } from "./findings.ts";
import { Hashes } from "./hashes.ts";
import type { InspectedLeaf, Inspection } from "./inspection.ts";
import type { Prefix } from "./prefix.ts";
import type { Fact } from "./ranges.ts";
import { examine, type KeyedGround } from "./record.ts";
import type { ErasedRecord } from "./report.ts";
import { type Place, StreamCheck } from "./streams.ts";
import type { Suspect, Verdict } from "./tree.ts";

/** Rows that are held at a time: a row may be megabytes. */
const CHUNK = 64;

export interface LeafGround {
  readonly inspection: Inspection;
  readonly findings: Findings;
  readonly keyed: KeyedGround | undefined;
  /** Hash of record 0 that is pinned, if it is. */
  readonly genesis: string | undefined;
  /** Leaves that are not looked at. */
  readonly prefix: Prefix;
  /** Leaves that the checkpoint signs; a row beyond is a finding. */
  readonly size: number;
}

/** Looks at rows one by one, and takes in what ranges found to be sound; in log order. */
export class LeafCheck {
  readonly #ground: LeafGround;
  /** Leaf hashes by index; the rows' own until `judge` corrects them. */
  leaves = new Hashes();
  readonly suspects: Suspect[] = [];
  readonly #erasures = new ErasureCheck();
  records = 0;
  readonly #streams = new StreamCheck();
  readonly #missing: number[] = [];

  constructor(ground: LeafGround) {
    this.#ground = ground;
  }

  /** Each row from `from` on and before `end`. */
  async rows(from: number, end: number): Promise<void> {
    for (let at = from; at < end; at += CHUNK) await this.#chunk(at, Math.min(CHUNK, end - at));
  }

  /** A record that is sound by itself. */
  async fact({ index, id, kind, rh, ...place }: Fact, { root }: KeyedGround): Promise<void> {
    this.#ground.findings.named(index, { id, kind });
    this.#erasures.kept(index, rh);
    await this.#place(index, place, rh, root.blind("stream", place.stream));
  }

  async #chunk(from: number, count: number): Promise<void> {
    const { inspection, findings, size } = this.#ground;
    const leaves = await inspection.leaves(from, count);
    const nodes = await inspection.nodes(leaves.map(({ index }) => ({ level: 0, index })));
    for (const [at, leaf] of leaves.entries()) {
      findings.leaf(leaf);
      if (leaf.index < size) await this.#leaf(leaf, nodes[at]);
      else if (leaf.row !== undefined)
        findings.found(leaf.index, { check: "leaf-extra", detail: `the signed log ends at ${size} records` });
    }
  }

  async #leaf({ index, row, tags, error }: InspectedLeaf, fromNode: Uint8Array | undefined): Promise<void> {
    const { findings, keyed } = this.#ground;
    if (row === undefined) {
      this.suspects.push({ index, fromRow: undefined, fromNode });
      this.leaves.set(index, fromNode ?? new Uint8Array(32));
      if (error === undefined) this.#missing.push(index);
      else {
        const check = error.code === "row-malformed" ? "row-malformed" : "page";
        findings.found(index, { check, detail: error.message });
      }
      this.#streams.absent(index);
      return;
    }
    this.records += 1;
    this.#erasures.row(row);
    if (row.wrappedDek === null) this.#erased(row, tags ?? []);
    const fromRow = leafHash({ ch: hashRef(sha256(row.ct)), rh: hashRef(row.rh) });
    this.leaves.set(index, fromRow);
    const proven = fromNode !== undefined && equalBytes(fromRow, fromNode);
    if (!proven) this.suspects.push({ index, fromRow, fromNode });
    if (keyed !== undefined) await this.#keyed(row, tags ?? [], proven, keyed);
    this.#genesis(row);
  }

  #erased(row: LeafRow, tags: readonly Uint8Array[]): void {
    this.#erasures.erased(row);
    if (row.erasedBy === undefined) {
      const detail = "the record's key is gone and no receipt says who erased it";
      this.#ground.findings.found(row.index, { check: "erased-without-receipt", detail });
      return;
    }
    if (tags.length > 0 || row.principal.some((byte) => byte !== 0)) {
      const detail = "blind indexes of tags or principal are left of an erased record";
      this.#ground.findings.found(row.index, { check: "blind-index", detail });
    }
  }

  async #keyed(
    row: LeafRow,
    tags: readonly Uint8Array[],
    proven: boolean,
    keyed: KeyedGround,
  ): Promise<void> {
    const { signed, faults } = examine(row, tags, keyed);
    for (const fault of faults) this.#ground.findings.found(row.index, fault);
    if (signed?.record.kind === "record.erased" && faults.length === 0)
      await this.#receipt(row.index, signed);
    // A row that the log does not commit to says nothing about streams: its neighbours are not to blame for it.
    if (!proven) {
      this.#streams.absent(row.index);
      return;
    }
    if (signed === undefined) {
      await this.#begin(row.stream, keyed);
      this.#streams.unreadable(row);
      return;
    }
    const { record } = signed;
    await this.#place(row.index, record, hashRef(row.rh), keyed.root.blind("stream", record.stream));
  }

  async #place(index: number, place: Place, rh: string, blind: Uint8Array): Promise<void> {
    const { keyed, findings } = this.#ground;
    if (keyed !== undefined) await this.#begin(blind, keyed);
    for (const fault of this.#streams.record(index, place, rh, blind)) findings.found(index, fault);
  }

  /** A stream that is met for the first time goes on from its last record in the prefix, if it has one there. */
  async #begin(blind: Uint8Array, keyed: KeyedGround): Promise<void> {
    const { prefix, inspection, findings } = this.#ground;
    if (prefix.size === 0 || this.#streams.knows(blind)) return;
    const begin = await beginOf(blind, prefix, inspection, keyed);
    if (begin === undefined) return;
    findings.leaf(begin.leaf);
    for (const fault of begin.faults) findings.found(begin.last.index, fault);
    this.#streams.begins(blind, begin.last);
  }

  #genesis(row: LeafRow): void {
    const { genesis, findings } = this.#ground;
    if (row.index !== 0 || genesis === undefined || hashRef(row.rh) === genesis) return;
    const detail = `record 0 is ${hashRef(row.rh)}, the trust file pins ${genesis}`;
    findings.found(0, { check: "genesis", detail });
  }

  /** Names the leaves that have no row, by what the records around them say. */
  nameMissing(): void {
    for (const index of this.#missing) {
      const missed = this.#streams.missed.filter(({ after, before }) => after < index && index < before);
      const what = missed.map(({ detail }) => detail).join("; ");
      const detail =
        what === "" ? "the log has this leaf and the store no row" : `the row is gone; it was ${what}`;
      this.#ground.findings.found(index, { check: "leaf-missing", detail });
    }
  }

  /** Names what is damaged where row and stored leaf hash disagree. */
  nameSuspects(verdicts: ReadonlyMap<number, Verdict>): void {
    for (const suspect of this.suspects)
      this.#nameSuspect(suspect, verdicts.get(suspect.index) ?? "undecided");
    this.#ground.findings.nameEditedTimes(new Set(this.suspects.map(({ index }) => index)));
  }

  #nameSuspect({ index, fromRow, fromNode }: Suspect, verdict: Verdict): void {
    const { findings } = this.#ground;
    if (fromRow === undefined) return;
    if (verdict === "row-damaged") {
      // With keys it is known to be the hash column; without, ciphertext and hash column cannot be told apart.
      if (!findings.has(index, "record-hash")) {
        const detail = "ciphertext and record hash do not give the leaf that the log commits to";
        findings.found(index, { check: "ciphertext-hash", detail });
      }
      return;
    }
    const stored = fromNode === undefined ? "is missing" : "is not that of its row";
    const which =
      verdict === "node-damaged" ? "the row is what the checkpoint signs" : "neither can be proved";
    findings.found(index, { check: "tree", detail: `the stored leaf hash 0/${index} ${stored}; ${which}` });
  }

  /** What was erased, and by which receipt. */
  settle(): ErasedRecord[] {
    const { keyed, findings } = this.#ground;
    return this.#erasures.settle(keyed !== undefined, (index, fault) => findings.found(index, fault));
  }

  /** How far, up to `end`, everything is sound and nothing waits for a record that is still to come. */
  soundTo(end: number): number {
    const clean = this.#ground.findings.none && this.suspects.length === 0 && this.#missing.length === 0;
    return clean ? Math.min(end, this.#erasures.unsettledFrom()) : 0;
  }

  /** Rows of the prefix that a receipt names are looked at for this alone: whether their key is back. */
  async #receipt(index: number, signed: VerifiedRecord): Promise<void> {
    const { prefix, inspection, findings } = this.#ground;
    for (const target of this.#erasures.receipt(index, signed)) {
      if (target >= prefix.size) continue;
      const [leaf] = await inspection.leaves(target, 1);
      if (leaf?.row === undefined || leaf.row.wrappedDek === null) continue;
      findings.leaf(leaf);
      this.#erasures.kept(target, hashRef(leaf.row.rh));
    }
  }
}
