import { join } from "node:path";
import { recordHash, type TrustFile, verifierKey } from "@sigil/canon";
import type { AnchorFile } from "../domain/anchor.ts";
import type { Clock } from "../domain/clock.ts";
import { StoreError } from "../domain/error.ts";
import { requireRoot } from "../domain/opening.ts";
import { type OpenedEpoch, openAnchor, openEpoch, reachBack, sharedPrefix } from "../domain/restore.ts";
import { hashRef } from "../domain/seal.ts";
import type { StoreMeta } from "../domain/storage.ts";
import type { Inspection } from "../domain/verify/inspection.ts";
import type { VerifyReport } from "../domain/verify/report.ts";
import { remember } from "./remembering.ts";
import type { RememberingGround } from "./sources.ts";

export interface RestoreCommand extends RememberingGround {
  /** How the backup was named, where `file` was put together from it. */
  readonly named: string;
  /** The data folder; the caller holds its lock. */
  readonly folder: string;
  readonly anchor: AnchorFile;
  readonly verify: (database: string) => Promise<VerifyReport>;
  readonly writeTrust: (trust: TrustFile) => void;
  readonly clock: Clock;
}

export interface RestoreReport extends OpenedEpoch {
  readonly lockdown: true;
  /** C2SP verifier key of the new origin, for witnesses and auditors. */
  readonly verifierKey: string;
  /** Where the store that was there is kept. */
  readonly kept: string | null;
}

/** Rows that are held at a time: a row may be megabytes. */
const CHUNK = 64;

/**
 * `restore`: puts a backup in the place of the store and opens a new epoch on it. The backup is verified as a whole first,
 * and everything is made ready beside the old store; what was there is kept. Throws `backup-not-verified`,
 * `backup-foreign`, `restore-quorum`, `export-not-verified`; then nothing was changed.
 */
export async function restoreCommand(command: RestoreCommand): Promise<RestoreReport> {
  const { files, folder, trust, anchor, keys, clock, pinned } = command;
  const backup = await requireSound(command);
  const note = await anchor.read();
  const known =
    note === undefined
      ? undefined
      : openAnchor(
          note,
          trust.epochs.map(({ origin }) => origin),
          pinned,
        );
  const shared = sharedPrefix(trust.epochs, backup.meta.epoch, backup.size);
  const { remembered, unknown } = await remember(command, shared, known?.size);
  if (
    !backup.governed &&
    !remembered.governing.some((record) => recordHash(record) === trust.quorum.ceremony)
  )
    throw quorumLost();
  const fresh = join(folder, "restoring.db");
  const epoch = trust.epochs.length;
  let opened: OpenedEpoch;
  try {
    const storage = files.openFresh(command.file, fresh);
    try {
      const root = requireRoot(keys.root, backup.meta, command.origin);
      await storage.upgrade();
      const { meta } = backup;
      opened = await openEpoch({
        storage,
        meta,
        root,
        keys,
        pinned: reachBack(pinned, keys, backup.size),
        epoch,
        anchor: known,
        lost: known === undefined ? null : Math.max(0, known.size - shared),
        remembered,
        unknown,
        clock,
      });
    } finally {
      await storage.close();
    }
    // The trust file first: an epoch that it lists and no store has opens nothing.
    command.writeTrust({
      ...trust,
      keys: reachBack(trust.keys, keys, backup.size),
      epochs: [...trust.epochs, { epoch, origin: opened.origin, from: opened.from }],
    });
  } catch (error) {
    files.drop(fresh);
    throw error;
  }
  const kept = files.replace(folder, fresh, `before-epoch-${epoch}.db`);
  await anchor.write(opened.checkpoint);
  const { raw } = keys.log.publicKey;
  return { ...opened, lockdown: true, verifierKey: verifierKey(opened.origin, raw), kept: kept ?? null };
}

/** What a backup is; `governed` unless this runtime is in quorum mode and the backup is of before. */
interface SoundBackup {
  readonly meta: StoreMeta;
  readonly size: number;
  readonly governed: boolean;
}

async function requireSound(command: RestoreCommand): Promise<SoundBackup> {
  const { file, named, origin, keys, trust } = command;
  const report = await command.verify(file);
  const [first] = report.findings;
  if (!report.ok || report.size === null) {
    const what = first === undefined ? "it does not verify" : `${first.check}: ${first.detail}`;
    throw new StoreError("backup-not-verified", `${named} is not a sound backup: ${what}`, {
      remedy: "Take another backup; nothing was changed.",
    });
  }
  const inspection = command.files.inspect(file);
  if (inspection === undefined) throw foreign(named);
  try {
    const meta = await inspection.meta();
    if (meta === undefined || meta.epoch >= trust.epochs.length) throw foreign(named);
    requireRoot(keys.root, meta, origin);
    const [genesis] = await inspection.leaves(0, 1);
    if (genesis?.row === undefined || hashRef(genesis.row.rh) !== trust.genesis) throw foreign(named);
    const solo = trust.quorum.mode === "solo";
    const governed = solo || (await holds(inspection, trust.quorum.ceremony, report.size));
    return { meta, size: report.size, governed };
  } finally {
    await inspection.close();
  }
}

function quorumLost(): StoreError {
  return new StoreError(
    "restore-quorum",
    "the backup is from before the quorum, and the ceremony could be read neither in the store that is there nor in an export",
    {
      remedy:
        "Restore a backup that was made after the ceremony, or name a bundle of the ceremony with its decision and outcome by --export.",
    },
  );
}

function foreign(file: string): StoreError {
  return new StoreError("backup-foreign", `${file} does not begin with the genesis that trust.json pins`, {
    remedy: "Restore trust.json and keys/ that belong to the backup.",
  });
}

async function holds(inspection: Inspection, hash: string | null, size: number): Promise<boolean> {
  for (let from = 0; from < size; from += CHUNK) {
    const leaves = await inspection.leaves(from, Math.min(CHUNK, size - from));
    if (leaves.some(({ row }) => row !== undefined && hashRef(row.rh) === hash)) return true;
  }
  return false;
}
