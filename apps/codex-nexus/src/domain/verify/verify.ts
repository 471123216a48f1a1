import { checkpointsUnder, leafBytes, leafHash } from "@sigil/canon";
import { equalBytes, sha256 } from "@sigil/crypto";
import { checkAnchor } from "../anchor.ts";
import { epochOrigin } from "../head.ts";
import { hashRef } from "../seal.ts";
import type { LeafRow, StoredCheckpoint, StoreMeta } from "../storage.ts";
import { ErasureCheck } from "./erasures.ts";
import { Hashes } from "./hashes.ts";
import { idempotencyFaults } from "./idempotency.ts";
import type { InspectedLeaf, Inspection } from "./inspection.ts";
import type { PinnedKeys } from "./keys.ts";
import {
  type Fact,
  RANGE_LEVEL,
  RangeExaminer,
  type Ranges,
  type RangeVerdict,
  rangeAt,
  roomFor,
  type SharedHashes,
} from "./ranges.ts";
import { examine, type Fault, type KeyedGround } from "./record.ts";
import type { Finding, VerifyReport } from "./report.ts";
import { StreamCheck } from "./streams.ts";
import { checkNodes, type Ground, judge, rootOf, type Suspect, type Verdict } from "./tree.ts";

export interface VerifyOptions {
  readonly inspection: Inspection;
  readonly meta: StoreMeta;
  readonly pinned: PinnedKeys;
  /** Hash of record 0 that is pinned, if it is. */
  readonly genesis?: string | undefined;
  /** Absent for a keyless audit: ciphertext hashes, tree, checkpoint and anchor only. */
  readonly keyed?: KeyedGround | undefined;
  /** The anchor's note; `null` leaves the anchor out, for a copy that is older on purpose. */
  readonly anchor: string | undefined | null;
  /** Who decides about what is sound; absent, every row is looked at by itself. */
  readonly ranges?: Ranges | undefined;
  /** Told now and then how many leaves of how many have been looked at. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

const CHUNK = 512;

/**
 * Looks at everything in a store and names what is wrong, record by record. Damage never ends it: what can be read is
 * checked. Nothing is believed but the pinned keys and what they signed.
 */
export async function verifyStore(options: VerifyOptions): Promise<VerifyReport> {
  return new Verification(options).run();
}

class Verification {
  readonly #options: VerifyOptions;
  readonly #findings: Finding[] = [];
  #leaves = new Hashes();
  readonly #suspects: Suspect[] = [];
  readonly #streams = new StreamCheck();
  readonly #erasures = new ErasureCheck();
  /** What is known of a leaf, for naming it in findings that come later. */
  readonly #named = new Map<number, { id?: string; kind?: string }>();
  readonly #missing: number[] = [];
  #records = 0;

  constructor(options: VerifyOptions) {
    this.#options = options;
  }

  async run(): Promise<VerifyReport> {
    const { inspection, keyed } = this.#options;
    const head = await this.#head();
    const end = await inspection.end();
    const size = head?.size ?? end;
    const ground = head === undefined ? await this.#unsigned(size) : await this.#signed(head.size);
    await this.#chunks(size, end, size);
    for (const index of this.#missing) this.#reportMissing(index);
    if (head !== undefined) {
      const verdicts = await judge(this.#leaves, this.#suspects, head, inspection);
      for (const suspect of this.#suspects)
        this.#reportSuspect(suspect, verdicts.get(suspect.index) ?? "undecided");
      this.#nameEditedTimes();
      if (size > 0) this.#findings.push(...(await checkNodes(ground, head, inspection)));
      await this.#anchor(head);
    }
    if (keyed !== undefined) {
      for (const { index, ...fault } of idempotencyFaults(inspection, keyed.root, size))
        this.#found(index, fault);
    }
    const erased = this.#erasures.settle(keyed !== undefined, (index, fault) => this.#found(index, fault));
    const findings = this.#findings.sort(
      (a, b) => (a.index ?? Number.MAX_VALUE) - (b.index ?? Number.MAX_VALUE),
    );
    return {
      ok: findings.length === 0,
      keyed: keyed !== undefined,
      records: this.#records,
      size: head?.size ?? null,
      root: head === undefined ? null : hashRef(head.root),
      findings,
      erased,
    };
  }

  /** What the engine's own check finds; it comes first in a report. */
  async #engine(): Promise<boolean> {
    const details = await this.#options.inspection.engine();
    this.#findings.unshift(...details.map((detail) => ({ index: null, check: "page" as const, detail })));
    return details.length === 0;
  }

  /** Without a checkpoint to believe there is nothing to be sound by. */
  async #unsigned(size: number): Promise<Ground> {
    await this.#engine();
    await this.#chunks(0, size, size);
    return { level: 0, subtrees: this.#leaves };
  }

  /**
   * All leaves that the checkpoint signs. Other threads examine ranges while the engine checks its file; when it finds
   * damage, nothing that they read counts and each row is looked at by itself.
   */
  async #signed(size: number): Promise<Ground> {
    const { inspection, keyed, ranges } = this.#options;
    if (ranges === undefined) return this.#unsigned(size);
    const shared = roomFor(size);
    const here = new RangeExaminer(inspection, size, shared, keyed);
    ranges.start({ size, shared, keyed: keyed !== undefined, here });
    try {
      if (!(await this.#engine())) {
        await ranges.stop();
        await this.#chunks(0, size, size);
        return { level: 0, subtrees: this.#leaves };
      }
      this.#leaves = Hashes.over(shared.leaves);
      return (await this.#ranges(ranges.verdicts(), size))
        ? { level: RANGE_LEVEL, subtrees: Hashes.over(shared.roots), edge: this.#edge(shared, size) }
        : { level: 0, subtrees: this.#leaves };
    } finally {
      await ranges.stop();
    }
  }

  /** Whether every range is sound; what is open in them, and all of those that are not, is looked at here. */
  async #ranges(verdicts: AsyncIterable<RangeVerdict>, size: number): Promise<boolean> {
    let sound = true;
    let range = 0;
    for await (const verdict of verdicts) {
      const { from, count } = rangeAt(range, size);
      range += 1;
      if (verdict.sound) await this.#decided(verdict, count, size);
      else {
        sound = false;
        await this.#chunks(from, from + count, size);
      }
      this.#options.progress?.(from + count, size);
    }
    return sound;
  }

  async #decided(
    { open, facts }: RangeVerdict & { sound: true },
    count: number,
    size: number,
  ): Promise<void> {
    this.#records += count - open.length;
    const left = [...open];
    for (const fact of facts) {
      while (left[0] !== undefined && left[0] < fact.index)
        await this.#chunk(left.shift() as number, 1, size);
      if (this.#options.keyed !== undefined) this.#fact(fact, this.#options.keyed);
    }
    for (const index of left) await this.#chunk(index, 1, size);
  }

  #fact({ index, id, kind, rh, ...place }: Fact, { root }: KeyedGround): void {
    const blind = root.blind("stream", place.stream);
    this.#named.set(index, { id, kind });
    this.#erasures.kept(index, rh);
    for (const fault of this.#streams.record(index, place, rh, blind)) this.#found(index, fault);
  }

  /** The root of the leaves after the last complete range. */
  #edge({ leaves, roots }: SharedHashes, size: number): Uint8Array | undefined {
    const complete = roots.length * 2 ** RANGE_LEVEL;
    return size * 32 === complete ? undefined : rootOf(Hashes.over(leaves.subarray(complete)));
  }

  async #chunks(from: number, end: number, size: number): Promise<void> {
    for (let at = from; at < end; at += CHUNK) await this.#chunk(at, Math.min(CHUNK, end - at), size);
  }

  /** The checkpoint that the log key signed. Its columns are only a copy: a difference is a finding of its own. */
  async #head(): Promise<Pick<StoredCheckpoint, "size" | "root"> | undefined> {
    const { inspection, meta, pinned } = this.#options;
    const refuse = (detail: string) => {
      this.#found(null, { check: "checkpoint", detail });
      return undefined;
    };
    try {
      const stored = await inspection.checkpoint();
      if (stored === undefined) return refuse("there is no checkpoint");
      const origin = epochOrigin(meta);
      const signed = checkpointsUnder(origin, pinned.log)(stored.note);
      if (signed.size !== stored.size || !equalBytes(signed.root, stored.root)) {
        refuse("the columns of the checkpoint are not what its note signs");
      }
      return signed;
    } catch (error) {
      return refuse(error instanceof Error ? error.message : "the checkpoint cannot be read");
    }
  }

  async #chunk(from: number, count: number, size: number): Promise<void> {
    const { inspection } = this.#options;
    const leaves = await inspection.leaves(from, count);
    const nodes = await inspection.nodes(leaves.map(({ index }) => ({ level: 0, index })));
    for (const [at, leaf] of leaves.entries()) {
      this.#named.set(leaf.index, nameOf(leaf));
      if (leaf.index >= size) {
        if (leaf.row !== undefined) {
          this.#found(leaf.index, { check: "leaf-extra", detail: `the signed log ends at ${size} records` });
        }
        continue;
      }
      this.#leaf(leaf, nodes[at]);
    }
  }

  #leaf({ index, row, tags, error }: InspectedLeaf, fromNode: Uint8Array | undefined): void {
    if (row === undefined) {
      this.#suspects.push({ index, fromRow: undefined, fromNode });
      this.#leaves.set(index, fromNode ?? new Uint8Array(32));
      if (error !== undefined) {
        this.#found(index, {
          check: error.code === "row-malformed" ? "row-malformed" : "page",
          detail: error.message,
        });
      } else {
        this.#missing.push(index);
      }
      this.#streams.absent(index);
      return;
    }
    this.#records += 1;
    this.#erasures.row(row);
    if (row.wrappedDek === null) this.#erased(row, tags ?? []);
    const fromRow = leafHash(leafBytes({ ch: hashRef(sha256(row.ct)), rh: hashRef(row.rh) }));
    this.#leaves.set(index, fromRow);
    const proven = fromNode !== undefined && equalBytes(fromRow, fromNode);
    if (!proven) this.#suspects.push({ index, fromRow, fromNode });
    if (this.#options.keyed !== undefined) this.#keyed(row, tags ?? [], proven, this.#options.keyed);
    this.#genesis(row);
  }

  #erased(row: LeafRow, tags: readonly Uint8Array[]): void {
    this.#erasures.erased(row);
    if (row.erasedBy === undefined) {
      const detail = "the record's key is gone and no receipt says who erased it";
      this.#found(row.index, { check: "erased-without-receipt", detail });
      return;
    }
    if (tags.length > 0 || row.principal.some((byte) => byte !== 0)) {
      const detail = "blind indexes of tags or principal are left of an erased record";
      this.#found(row.index, { check: "blind-index", detail });
    }
  }

  #keyed(row: LeafRow, tags: readonly Uint8Array[], proven: boolean, ground: KeyedGround): void {
    const { signed, faults } = examine(row, tags, ground);
    for (const fault of faults) this.#found(row.index, fault);
    if (signed?.record.kind === "record.erased" && faults.length === 0)
      this.#erasures.receipt(row.index, signed);
    // A row that the log does not commit to says nothing about streams: its neighbours are not to blame for it.
    if (!proven) {
      this.#streams.absent(row.index);
      return;
    }
    if (signed === undefined) {
      this.#streams.unreadable(row);
      return;
    }
    const { record } = signed;
    const blind = ground.root.blind("stream", record.stream);
    for (const fault of this.#streams.record(row.index, record, hashRef(row.rh), blind)) {
      this.#found(row.index, fault);
    }
  }

  #genesis(row: LeafRow): void {
    const { genesis } = this.#options;
    if (row.index !== 0 || genesis === undefined || hashRef(row.rh) === genesis) return;
    this.#found(0, {
      check: "genesis",
      detail: `record 0 is ${hashRef(row.rh)}, the trust file pins ${genesis}`,
    });
  }

  #reportMissing(index: number): void {
    const missed = this.#streams.missed.filter(({ after, before }) => after < index && index < before);
    const what = missed.map(({ detail }) => detail).join("; ");
    this.#found(index, {
      check: "leaf-missing",
      detail: what === "" ? "the log has this leaf and the store no row" : `the row is gone; it was ${what}`,
    });
  }

  #reportSuspect({ index, fromRow, fromNode }: Suspect, verdict: Verdict): void {
    if (fromRow === undefined) return;
    if (verdict === "row-damaged") {
      const already = this.#findings.some(
        (finding) => finding.index === index && finding.check === "record-hash",
      );
      // With keys it is known to be the hash column; without, ciphertext and hash column cannot be told apart.
      if (!already) {
        const detail = "ciphertext and record hash do not give the leaf that the log commits to";
        this.#found(index, { check: "ciphertext-hash", detail });
      }
      return;
    }
    const stored = fromNode === undefined ? "is missing" : "is not that of its row";
    const which =
      verdict === "node-damaged" ? "the row is what the checkpoint signs" : "neither can be proved";
    this.#found(index, { check: "tree", detail: `the stored leaf hash 0/${index} ${stored}; ${which}` });
  }

  /** A ciphertext that the log commits to and that does not open was sealed with other clear columns. */
  #nameEditedTimes(): void {
    const suspected = new Set(this.#suspects.map(({ index }) => index));
    for (const [at, finding] of this.#findings.entries()) {
      if (finding.check !== "decrypt" || finding.index === null || suspected.has(finding.index)) continue;
      const detail = "the ciphertext is the one that the log commits to, so column ts was edited";
      this.#findings[at] = { ...finding, check: "column-mismatch", detail };
    }
  }

  async #anchor(head: Pick<StoredCheckpoint, "size" | "root">): Promise<void> {
    const { anchor, inspection, meta, pinned } = this.#options;
    if (anchor === null) return;
    const origin = epochOrigin(meta);
    const alarm = await checkAnchor(
      anchor,
      { origin, ...head },
      checkpointsUnder(origin, pinned.log),
      inspection,
    );
    if (alarm !== undefined) this.#found(null, { check: "anchor", detail: `${alarm.code}: ${alarm.detail}` });
  }

  #found(index: number | null, { check, detail }: Fault): void {
    const name = index === null ? {} : this.#named.get(index);
    this.#findings.push({ index, ...name, check, detail });
  }
}

function nameOf({ id, row }: InspectedLeaf): { id?: string; kind?: string } {
  const known = row?.id ?? id;
  return { ...(known === undefined ? {} : { id: known }), ...(row === undefined ? {} : { kind: row.kind }) };
}
