import { checkpointsUnder } from "@sigil/canon";
import { equalBytes } from "@sigil/crypto";
import { checkAnchor } from "../anchor.ts";
import { epochOrigin } from "../head.ts";
import { hashRef } from "../seal.ts";
import type { StoredCheckpoint, StoreMeta } from "../storage.ts";
import { Findings } from "./findings.ts";
import { Hashes } from "./hashes.ts";
import { idempotencyFaults } from "./idempotency.ts";
import type { Inspection } from "./inspection.ts";
import type { PinnedKeys } from "./keys.ts";
import { LeafCheck } from "./leaves.ts";
import { type Prefix, provePrefix, WHOLE } from "./prefix.ts";
import {
  RANGE_LEVEL,
  RangeExaminer,
  type Ranges,
  type RangeVerdict,
  rangeAt,
  rangesOf,
  roomFor,
  type SharedHashes,
  type Span,
} from "./ranges.ts";
import type { KeyedGround } from "./record.ts";
import type { Grounds, VerifyReport } from "./report.ts";
import { resumeInconsistent } from "./resume.ts";
import { checkNodes, type Ground, judge, rootOf } from "./tree.ts";

type Known = Pick<StoredCheckpoint, "size" | "root">;

/** Size and root of a log whose leaves are believed, and why. */
export interface Believed extends Known {
  readonly grounds: Grounds;
}

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
  /**
   * A log whose leaves are believed and not looked at. A store that is not proved to go on from a checkpoint is a finding,
   * and then everything is looked at; of an interrupted verification it is refused.
   */
  readonly from?: Believed | undefined;
  /** Told what is sound so far, when it is due. */
  readonly keep?: { due(): boolean; keep(known: Known): void } | undefined;
  /** Who decides about what is sound; absent, every row is looked at by itself. */
  readonly ranges?: Ranges | undefined;
  /** Told now and then how many of the leaves that are looked at are done. */
  readonly progress?: ((done: number, total: number) => void) | undefined;
}

/**
 * Looks at everything in a store and names what is wrong, record by record. Damage never ends it: what can be read is
 * checked. Nothing is believed but the pinned keys, what they signed, and `from`. Throws `resume-inconsistent`.
 */
export async function verifyStore(options: VerifyOptions): Promise<VerifyReport> {
  const findings = new Findings();
  const head = await signedHead(options, findings);
  const size = head?.size ?? (await options.inspection.end());
  const prefix = head === undefined ? WHOLE : await prefixOf(options, head, findings);
  const level = options.ranges?.level ?? RANGE_LEVEL;
  return new Verification(options, findings, head, { prefix, size, level }).run();
}

/** The checkpoint that the log key signed. Its columns are only a copy: a difference is a finding of its own. */
async function signedHead(
  { inspection, meta, pinned }: VerifyOptions,
  findings: Findings,
): Promise<Known | undefined> {
  const refuse = (detail: string) => {
    findings.found(null, { check: "checkpoint", detail });
    return undefined;
  };
  try {
    const stored = await inspection.checkpoint();
    if (stored === undefined) return refuse("there is no checkpoint");
    const signed = checkpointsUnder(epochOrigin(meta), pinned.log)(stored.note);
    if (signed.size !== stored.size || !equalBytes(signed.root, stored.root)) {
      refuse("the columns of the checkpoint are not what its note signs");
    }
    return signed;
  } catch (error) {
    return refuse(error instanceof Error ? error.message : "the checkpoint cannot be read");
  }
}

/** The leaves that need not be looked at. */
async function prefixOf(
  { from, inspection }: VerifyOptions,
  head: Known,
  findings: Findings,
): Promise<Prefix> {
  if (from === undefined || from.size === 0) return WHOLE;
  const refuse = (what: string) => {
    if (from.grounds.by === "resume") throw resumeInconsistent(from.size);
    const detail = `${what}; every record was looked at`;
    findings.found(null, { check: "checkpoint-inconsistent", detail });
    return WHOLE;
  };
  if (from.size > head.size) {
    return refuse(`the checkpoint is of ${from.size} records and the store's of ${head.size}`);
  }
  const prefix = await provePrefix(from, inspection);
  return prefix ?? refuse(`the store's first ${from.size} records do not give the root of the checkpoint`);
}

class Verification {
  readonly #options: VerifyOptions;
  readonly #findings: Findings;
  readonly #head: Known | undefined;
  readonly #span: Span;
  readonly #leaves: LeafCheck;

  constructor(options: VerifyOptions, findings: Findings, head: Known | undefined, span: Span) {
    const { inspection, keyed, genesis } = options;
    this.#options = options;
    this.#findings = findings;
    this.#head = head;
    this.#span = span;
    this.#leaves = new LeafCheck({ inspection, keyed, genesis, findings, ...span });
  }

  async run(): Promise<VerifyReport> {
    const { inspection, keyed } = this.#options;
    const { prefix, size } = this.#span;
    const head = this.#head;
    const ground = head === undefined ? await this.#rowByRow() : await this.#inRanges();
    await this.#leaves.rows(size, await inspection.end());
    this.#leaves.nameMissing();
    if (head !== undefined) {
      const { leaves, suspects } = this.#leaves;
      this.#leaves.nameSuspects(await judge(leaves, suspects, head, inspection, prefix));
      if (size > 0) this.#findings.add(await checkNodes(ground, head, inspection, prefix));
      await this.#anchor(head);
    }
    if (keyed !== undefined) {
      for (const { index, ...fault } of idempotencyFaults(inspection, keyed.root, size))
        this.#findings.found(index, fault);
    }
    const erased = this.#leaves.settle();
    const findings = this.#findings.sorted();
    return {
      ok: findings.length === 0,
      keyed: keyed !== undefined,
      from: prefix.size,
      grounds: prefix.size === 0 ? null : (this.#options.from?.grounds ?? null),
      records: this.#leaves.records,
      size: head?.size ?? null,
      root: head === undefined ? null : hashRef(head.root),
      findings,
      erased,
    };
  }

  /** What the engine's own check finds; it comes first in a report. */
  async #engine(): Promise<boolean> {
    const details = await this.#options.inspection.engine();
    this.#findings.first(details.map((detail) => ({ index: null, check: "page" as const, detail })));
    return details.length === 0;
  }

  /** Without a checkpoint to believe there is nothing to be sound by. */
  async #rowByRow(): Promise<Ground> {
    await this.#engine();
    await this.#rows();
    return { level: 0, subtrees: this.#leaves.leaves };
  }

  async #rows(): Promise<void> {
    await this.#leaves.rows(this.#span.prefix.size, this.#span.size);
  }

  /**
   * All leaves that the checkpoint signs. Other threads examine ranges while the engine checks its file; when it finds
   * damage, nothing that they read counts and each row is looked at by itself.
   */
  async #inRanges(): Promise<Ground> {
    const { inspection, keyed, ranges } = this.#options;
    if (ranges === undefined) return this.#rowByRow();
    const span = this.#span;
    const shared = roomFor(span);
    const here = new RangeExaminer(inspection, span, shared, keyed);
    ranges.start({ span, shared, keyed: keyed !== undefined, here });
    try {
      if (!(await this.#engine())) {
        await ranges.stop();
        await this.#rows();
        return { level: 0, subtrees: this.#leaves.leaves };
      }
      this.#leaves.leaves = Hashes.over(shared.leaves);
      return (await this.#ranges(ranges.verdicts(), shared))
        ? { level: span.level, subtrees: Hashes.over(shared.roots), edge: this.#edge(shared) }
        : { level: 0, subtrees: this.#leaves.leaves };
    } finally {
      await ranges.stop();
    }
  }

  /** Whether every range is sound; what is open in them, and all of those that are not, is looked at here. */
  async #ranges(verdicts: AsyncIterable<RangeVerdict>, { roots }: SharedHashes): Promise<boolean> {
    let sound = true;
    let range = rangesOf(this.#span).first;
    for await (const verdict of verdicts) {
      const { from, count } = rangeAt(range, this.#span);
      range += 1;
      if (verdict.sound) await this.#decided(verdict, count);
      else {
        sound = false;
        await this.#leaves.rows(from, from + count);
      }
      if (sound) this.#keep(from + count, roots);
      const { prefix, size } = this.#span;
      this.#options.progress?.(from + count - prefix.size, size - prefix.size);
    }
    return sound;
  }

  /** Keeps what is sound up to `end`: the complete ranges, and the root that they give. */
  #keep(end: number, roots: Uint8Array): void {
    const { keep } = this.#options;
    if (keep?.due() !== true) return;
    const { prefix, level } = this.#span;
    const ranges = Math.floor(this.#leaves.soundTo(end) / 2 ** level);
    const size = ranges * 2 ** level;
    if (size <= prefix.size) return;
    const root = rootOf({ level, subtrees: Hashes.over(roots) }, size, prefix);
    if (root !== undefined) keep.keep({ size, root });
  }

  async #decided({ open, facts }: RangeVerdict & { sound: true }, count: number): Promise<void> {
    const { keyed } = this.#options;
    this.#leaves.records += count - open.length;
    const left = [...open];
    const look = (index: number) => this.#leaves.rows(index, index + 1);
    for (const fact of facts) {
      while (left[0] !== undefined && left[0] < fact.index) await look(left.shift() as number);
      if (keyed !== undefined) await this.#leaves.fact(fact, keyed);
    }
    for (const index of left) await look(index);
  }

  /** The root of the leaves after the last complete range. */
  #edge({ leaves, roots }: SharedHashes): Uint8Array | undefined {
    const { prefix, size, level } = this.#span;
    const complete = (roots.length / 32) * 2 ** level;
    const subtrees = Hashes.over(leaves.subarray(complete * 32));
    const within = prefix.size > complete ? { ...prefix, size: prefix.size - complete } : WHOLE;
    return rootOf({ level: 0, subtrees }, size - complete, within);
  }

  async #anchor(head: Known): Promise<void> {
    const { anchor, inspection, meta, pinned } = this.#options;
    if (anchor === null) return;
    const origin = epochOrigin(meta);
    const open = checkpointsUnder(origin, pinned.log);
    const alarm = await checkAnchor(anchor, { origin, ...head }, open, inspection);
    if (alarm !== undefined)
      this.#findings.found(null, { check: "anchor", detail: `${alarm.code}: ${alarm.detail}` });
  }
}
