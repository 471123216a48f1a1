import type { Secret } from "@sigil/crypto";
import { type AnchorFile, checkAnchor } from "./anchor.ts";
import { AnchorKeeper } from "./anchor-keeper.ts";
import type { BackupLedger } from "./backup-ledger.ts";
import { CeremonyPin, recordedCeremony } from "./ceremony.ts";
import { type Clock, MonotonicClock } from "./clock.ts";
import { Cosigning } from "./cosign/cosigning.ts";
import { recordedPolicy } from "./cosign/recorded.ts";
import type { Submit } from "./cosign/submission.ts";
import { StoreError } from "./error.ts";
import { epochOrigin, LogHead } from "./head.ts";
import { KekRing } from "./kek.ts";
import { KekRotation } from "./kek-rotation.ts";
import { KeyRotation } from "./key-rotation.ts";
import { RootKeys, type StoreKeys } from "./keys.ts";
import { CodexNexus } from "./nexus.ts";
import { Reader } from "./reader.ts";
import type { Sealer } from "./sealer.ts";
import { type KeyFiles, SigningKeys } from "./signing-keys.ts";
import type { Storage, StoreMeta } from "./storage.ts";
import { Tips } from "./tips.ts";
import type { PinnedKeys } from "./verify/keys.ts";
import { Writer } from "./writer.ts";

/** What an open store reports to whoever watches it. */
export interface StoreEvents {
  committed(batch: { records: number; seconds: number; size: number }): void;
  /** A commit, the anchor, a rotation of keys, a submission to a witness or the writing of trust.json failed. */
  failed(what: "commit" | "anchor" | "rotation" | "cosigning" | "trust", error: unknown): void;
  /** A read met damage. */
  damaged(error: StoreError, at: string): void;
}

export interface OpenOptions {
  readonly storage: Storage;
  readonly keys: StoreKeys;
  /** Origin that the installation's public files name. */
  readonly origin: string;
  readonly anchor: AnchorFile;
  /** The keys that signatures in the log are held against, before the rotations that the log itself holds. */
  readonly pinned: PinnedKeys;
  /** Absent where no key is ever rotated. */
  readonly keyFiles?: KeyFiles;
  /** Absent where no backup was ever listed. */
  readonly backups?: BackupLedger;
  /** Absent, records are sealed on the calling thread. The store closes it. */
  readonly sealer?: Sealer;
  readonly clock: Clock;
  readonly queueLimit: number;
  readonly events: StoreEvents;
  /** How checkpoints reach witnesses; without it none is asked. */
  readonly submit?: Submit;
}

const submitNowhere: Submit = async () => {
  throw new Error("this process asks no witness");
};

/**
 * The keys of the root, when it is this store's root. Nothing is written before. Throws `root-key-wrong`, or
 * `store-foreign` when the store belongs to another installation.
 */
export function requireRoot(root: Secret, meta: StoreMeta, origin: string): RootKeys {
  const keys = new RootKeys(root, meta.origin);
  if (!keys.opens(meta.keyCheck)) {
    throw new StoreError(
      "root-key-wrong",
      `the root key is not the one that the store of ${meta.origin} was made with`,
      {
        remedy: "Restore keys/codex-nexus/root.key that belongs to this database; nothing was written.",
      },
    );
  }
  if (meta.origin !== origin) {
    throw new StoreError("store-foreign", `the store is ${meta.origin}; this home is ${origin}`, {
      remedy: "Point codex_nexus.data_dir at the store of this home.",
    });
  }
  return keys;
}

/**
 * Opens a store: the root key first, then keys, head of the log and anchor. A store that is not what its anchor
 * remembers opens with an alarm and answers for its log only.
 */
export async function openStore(options: OpenOptions): Promise<CodexNexus> {
  const { storage, keys, events } = options;
  const meta = await storage.meta();
  if (meta === undefined) {
    throw new StoreError("store-missing", "the database holds no store", {
      remedy: "`sigil start` creates a runtime in an empty home; or restore the database from a backup.",
    });
  }
  const root = requireRoot(keys.root, meta, options.origin);
  await storage.upgrade();
  const ring = new KekRing(root, await storage.keks());
  ring.counted((await storage.kekUses()).find(({ active }) => active)?.wraps ?? 0);
  const signing = new SigningKeys(
    { storage, root, ring },
    keys,
    options.pinned,
    options.keyFiles,
    (error, at) => events.damaged(error, at),
  );
  await signing.reread();
  const open = signing.checkpoints(epochOrigin(meta));
  const head = await LogHead.load(storage, epochOrigin(meta), open);
  const anchored = await options.anchor.read();
  const alarm = await checkAnchor(anchored, head.asCheckpoint, open, storage);
  if (alarm === undefined) await signing.settle(head.size);

  const keeper = new AnchorKeeper(options.anchor, (error) => events.failed("anchor", error));
  const last = await storage.leaf(head.size - 1);
  const ground = {
    storage,
    root,
    ring,
    get recordKey() {
      return signing.record;
    },
    sealer: options.sealer,
    tips: new Tips(storage, root, ring, signing.recordAt),
    clock: new MonotonicClock(options.clock, last?.ts ?? ""),
  };
  const writer = new Writer(ground, head, signing, options.queueLimit, {
    committed(batch) {
      keeper.follow(batch.head.checkpoint.note);
      events.committed({ records: batch.records, seconds: batch.seconds, size: batch.head.size });
    },
    failed: (error) => events.failed("commit", error),
  });
  const keks = new KekRotation({
    ...{ storage, root, ring },
    between: (job) => writer.between(job),
    failed: (error) => events.failed("rotation", error),
  });
  if (alarm === undefined) keks.resume();
  const reader = new Reader(storage, root, ring, signing.recordAt, (error, at) => events.damaged(error, at));
  const cosigning = new Cosigning({
    origin: head.origin,
    storage,
    head: () => writer.head.checkpoint,
    signer: () => signing.log,
    submit: options.submit ?? submitNowhere,
    failed: (witness, detail) => events.failed("cosigning", new Error(`witness ${witness}: ${detail}`)),
  });
  const policy = alarm === undefined ? await recordedPolicy(storage, reader) : undefined;
  if (policy !== undefined) cosigning.adopt(policy);
  const entered = alarm === undefined ? await recordedCeremony(storage, reader) : undefined;
  const ceremony = new CeremonyPin(options.keyFiles, entered?.hash, (error) => events.failed("trust", error));
  await ceremony.settle();
  if (alarm === undefined && anchored !== head.checkpoint.note) keeper.follow(head.checkpoint.note);
  return new CodexNexus({
    storage,
    root,
    reader,
    writer,
    anchor: keeper,
    keks,
    cosigning,
    ceremony,
    signing,
    sealer: options.sealer,
    rotation: new KeyRotation(signing, writer, cosigning, meta.origin),
    backups: options.backups,
    alarm,
  });
}
