import {
  type CanonRecord,
  checkpointsUnder,
  coversLeaf,
  newSalt,
  type RecordDraft,
  type RotatedRole,
  type TrustFile,
} from "@sigil/canon";
import { v7 as uuidv7 } from "uuid";
import { admit, BATCH_LIMIT } from "./admission.ts";
import { type Clock, MonotonicClock } from "./clock.ts";
import { epochOrigin, LogHead } from "./head.ts";
import { KekRing } from "./kek.ts";
import type { RootKeys, StoreKeys } from "./keys.ts";
import { BatchPlan } from "./plan.ts";
import type { Storage, StoreMeta } from "./storage.ts";
import { Tips } from "./tips.ts";
import { keysAt, type PinnedKeys } from "./verify/keys.ts";

/** Records from after the backup that must not be forgotten with the rest. */
export interface Remembered {
  readonly erasures: readonly CanonRecord[];
  /** Of licences and of client keys, and retirements of issuers. */
  readonly revocations: readonly CanonRecord[];
  /** What makes quorum mode and its witnesses, to be written again exactly as it was. */
  readonly governing: readonly CanonRecord[];
}

export interface EpochOptions {
  readonly storage: Storage;
  readonly meta: StoreMeta;
  readonly root: RootKeys;
  readonly keys: StoreKeys;
  readonly pinned: PinnedKeys;
  readonly epoch: number;
  /** The anchor that was found, under any epoch. */
  readonly anchor: { readonly note: string; readonly size: number } | undefined;
  /** How many leaves the anchor knows that the backup does not hold; null without an anchor. */
  readonly lost: number | null;
  readonly remembered: Remembered;
  readonly unknown: readonly string[];
  readonly clock: Clock;
}

/** How many records of each kind were applied again; `governing` in quorum mode alone. */
export interface Reapplied {
  readonly erasures: number;
  readonly revocations: number;
  readonly governing?: number;
}

export interface OpenedEpoch {
  readonly epoch: number;
  readonly origin: string;
  readonly from: number;
  readonly checkpoint: string;
  readonly lost: number | null;
  readonly reapplied: Reapplied;
  readonly unknown: readonly string[];
}

/**
 * Opens an epoch on a restored store: its first record, behind what governs and is written again as it was, commits to the
 * checkpoint that the backup ends with and to the anchor that was found, and marks lockdown; then what was remembered is applied
 * again. Checkpoints are signed under the
 * epoch's own origin from here on; rows and keys stay bound to the origin of epoch 0.
 */
export async function openEpoch(options: EpochOptions): Promise<OpenedEpoch> {
  const { storage, meta, root, keys, epoch, clock, remembered, unknown } = options;
  const ring = new KekRing(root, await storage.keks());
  const restored = epochOrigin(meta);
  const before = await LogHead.load(storage, restored, checkpointsUnder(restored, options.pinned.log));
  const last = await storage.leaf(before.size - 1);
  const ground = {
    ...{ storage, root, ring, clock: new MonotonicClock(clock, last?.ts ?? ""), restoring: true },
    recordKey: keys.record,
    tips: new Tips(storage, root, ring, keysAt(options.pinned.record)),
  };
  const origin = epochOrigin({ origin: meta.origin, epoch });
  const { lost } = options;
  const { erasures, revocations, governing } = remembered;
  const reapplied: Reapplied = {
    ...{ erasures: erasures.length, revocations: revocations.length },
    ...(governing.length === 0 ? {} : { governing: governing.length }),
  };
  const first = serviceDraft("system.epoch", "system/epoch", {
    ...{ epoch, origin, lost, reapplied: { ...reapplied } },
    from: before.size,
    restored: before.checkpoint.note,
    anchor: options.anchor?.note ?? null,
    lockdown: true,
    unknown: [...unknown],
  });
  const again = [...erasures, ...revocations].map((record) =>
    serviceDraft(record.kind, record.stream, record.payload),
  );
  // What governs keeps its times and so comes before what is written now: times in a log never go far back.
  const all = [...governing, first, ...again];
  let head = before.inEpoch(origin);
  for (let from = 0; from < all.length; from += BATCH_LIMIT) {
    const records = all.slice(from, from + BATCH_LIMIT);
    admit({ records }, { restoring: true });
    const plan = new BatchPlan(ground, head.size);
    await plan.place({ records });
    await plan.seal();
    const next = head.append(plan.leafHashes, keys.log);
    const { leaves, erasures: destroyed } = plan;
    const { checkpoint } = next.head;
    await storage.commit({
      leaves,
      nodes: next.nodes,
      checkpoint,
      idempotency: [],
      erasures: destroyed,
      epoch,
    });
    for (const [stream, tip] of plan.tips) ground.tips.moved(stream, tip);
    head = next.head;
  }
  await storage.scrub();
  return { epoch, origin, from: before.size, checkpoint: head.checkpoint.note, lost, reapplied, unknown };
}

/** What an anchor says, under whichever epoch it was signed; undefined when no pinned log key signed it. */
export function openAnchor(
  note: string,
  origins: readonly string[],
  pinned: PinnedKeys,
): { note: string; size: number } | undefined {
  for (const origin of origins) {
    try {
      return { note, size: checkpointsUnder(origin, pinned.log)(note).size };
    } catch {
      // Of another epoch, or of nobody: the next origin decides.
    }
  }
  return undefined;
}

/**
 * How many leaves a backup of an epoch shares with the log that goes on now: an epoch that was opened later goes on from
 * where it was restored, which may be before the end of a backup that was made in an epoch before.
 */
export function sharedPrefix(epochs: TrustFile["epochs"], epoch: number, size: number): number {
  return Math.min(size, ...epochs.filter((each) => each.epoch > epoch).map(({ from }) => from));
}

/**
 * The pinned keys once a log goes on from `size`: where a backup is older than a rotation, the present key signs from there
 * on too, because the one before it is gone. What earlier keys signed in the epochs before still verifies.
 */
export function reachBack<K extends Readonly<Record<RotatedRole, PinnedKeys[RotatedRole]>>>(
  pinned: K,
  keys: Pick<StoreKeys, RotatedRole>,
  size: number,
): K {
  const reach = (role: RotatedRole) =>
    pinned[role].map((pin) =>
      pin.kid === keys[role].kid && pin.to === null && !coversLeaf(pin, size) ? { ...pin, from: size } : pin,
    );
  return { ...pinned, record: reach("record"), log: reach("log") };
}

function serviceDraft(
  kind: RecordDraft["kind"],
  stream: string,
  payload: RecordDraft["payload"],
): RecordDraft {
  return {
    ...{ id: uuidv7(), kind, stream, payload },
    space: "system",
    loa: "Observer",
    author: { principal: "codex-nexus", loa: "Root" },
    links: [],
    salt: newSalt(),
  };
}
