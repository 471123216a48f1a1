import { join } from "node:path";
import { type CanonRecord, type ProofBundle, type TrustFile, verifyBundle } from "@sigil/canon";
import type { AnchorFile } from "../domain/anchor.ts";
import type { Clock } from "../domain/clock.ts";
import type { DatabaseFiles } from "../domain/database-files.ts";
import { StoreError } from "../domain/error.ts";
import { KekRing } from "../domain/kek.ts";
import type { StoreKeys } from "../domain/keys.ts";
import { requireRoot } from "../domain/opening.ts";
import { type OpenedEpoch, openAnchor, openEpoch, type Remembered, reachBack } from "../domain/restore.ts";
import { hashRef } from "../domain/seal.ts";
import type { StoreMeta } from "../domain/storage.ts";
import type { Inspection } from "../domain/verify/inspection.ts";
import { keysAt, type PinnedKeys } from "../domain/verify/keys.ts";
import { examine, type KeyedGround } from "../domain/verify/record.ts";
import type { VerifyReport } from "../domain/verify/report.ts";

export interface RestoreCommand {
  readonly files: DatabaseFiles;
  readonly file: string;
  /** How the backup was named, where `file` was put together from it. */
  readonly named: string;
  /** The database that the backup takes the place of. */
  readonly database: string;
  /** The data folder; the caller holds its lock. */
  readonly folder: string;
  readonly origin: string;
  readonly keys: StoreKeys;
  readonly pinned: PinnedKeys;
  readonly trust: TrustFile;
  readonly anchor: AnchorFile;
  /** Texts of proof bundles that remember what came after the backup. */
  readonly exports: readonly string[];
  readonly verify: (database: string) => Promise<VerifyReport>;
  readonly writeTrust: (trust: TrustFile) => void;
  readonly clock: Clock;
}

export interface RestoreReport extends OpenedEpoch {
  readonly lockdown: true;
  /** Where the store that was there is kept. */
  readonly kept: string | null;
}

/** What a restore must not forget, by kind: what destroys, and what takes a right away. Rights that were given stay lost. */
const REMEMBERED: Readonly<Record<string, (payload: CanonRecord["payload"]) => boolean>> = {
  "record.erased": () => true,
  "license.revoke": () => true,
  "client-key.change": ({ change }) => change === "revoke",
  "issuer.change": ({ change }) => change === "retire",
};
const mayRemember = (kind: string): boolean => Object.hasOwn(REMEMBERED, kind);
const remembers = ({ kind, payload }: CanonRecord): boolean => REMEMBERED[kind]?.(payload) === true;
const CHUNK = 512;

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
  const { remembered, unknown } = await remember(command, backup.size, known?.size);
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
  return { ...opened, lockdown: true, kept: kept ?? null };
}

async function requireSound(command: RestoreCommand): Promise<{ meta: StoreMeta; size: number }> {
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
    if (trust.quorum.mode === "quorum" && !(await holds(inspection, trust.quorum.ceremony, report.size))) {
      throw new StoreError(
        "restore-quorum",
        "the backup is from before the quorum, and this runtime has one",
        {
          remedy: "Restore a backup that was made after the ceremony.",
        },
      );
    }
    return { meta, size: report.size };
  } finally {
    await inspection.close();
  }
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

/** What came after the backup and must not be forgotten, from the store that is there and from exports. */
async function remember(
  command: RestoreCommand,
  size: number,
  anchored: number | undefined,
): Promise<{ remembered: Remembered; unknown: string[] }> {
  const found = new Map<string, CanonRecord>();
  const unknown: string[] = [];
  for (const record of exported(command)) found.set(record.id, record);
  const read = await fromStore(command, size, found);
  if (read !== undefined) {
    if (!read)
      unknown.push(
        "The store that was there could not be read whole; what it held after the backup is not known.",
      );
  } else if (anchored === undefined || anchored > size) {
    unknown.push(
      "No store was there: erasures, revocations and licences from after the backup are known only from exports.",
    );
  }
  if (anchored === undefined) {
    unknown.push("No anchor was found: how many records came after the backup is not known.");
  } else if (anchored > size) {
    unknown.push(
      `${anchored - size} records came after the backup; memory, runs and licences among them are not in this store.`,
    );
  }
  const given = [...found.values()].filter(remembers);
  const retired = given.filter(({ kind }) => kind === "issuer.change");
  const safe = retired.length === 0 || (await outlives(command, retired));
  if (!safe) {
    unknown.push(
      `${retired.length} issuers were retired after the backup, and no Root licence in it is of another: retire them again before lockdown is left.`,
    );
  }
  const all = safe ? given : given.filter(({ kind }) => kind !== "issuer.change");
  const [erasures, revocations] = [true, false].map((erased) =>
    all.filter(({ kind }) => (kind === "record.erased") === erased),
  ) as [CanonRecord[], CanonRecord[]];
  return { remembered: { erasures, revocations }, unknown };
}

/**
 * Whether a Root can still act when these issuers are retired: the backup has a Root licence of another. Otherwise nobody
 * could ever leave the lockdown in which a restored store starts.
 */
async function outlives(command: RestoreCommand, retired: readonly CanonRecord[]): Promise<boolean> {
  const gone = new Set(retired.map(({ payload }) => payload.kid));
  const held = new Map<string, CanonRecord>();
  await fromStore({ ...command, database: command.file }, 0, held, (kind) => kind === "license.issue");
  return [...held.values()].some(({ payload }) => payload.loa === "Root" && !gone.has(payload.issuer));
}

function exported({ exports, trust }: RestoreCommand): CanonRecord[] {
  return exports.flatMap((text) => {
    const { verdict, code } = verifyBundle(text, trust);
    if (verdict !== "verified") {
      throw new StoreError("export-not-verified", `an export is ${verdict}: ${code ?? ""}`, {
        remedy: "Leave it out, or give the one that this runtime exported.",
      });
    }
    const { entries } = JSON.parse(text) as ProofBundle;
    return entries.flatMap(({ record }) =>
      record !== undefined && mayRemember(record.record.kind) ? [record.record] : [],
    );
  });
}

/** Adds what verifies; false when something after the backup could not be read, undefined when there is no store. */
async function fromStore(
  { files, database, keys, origin, pinned }: RestoreCommand,
  size: number,
  found: Map<string, CanonRecord>,
  wanted: (kind: string) => boolean = mayRemember,
): Promise<boolean | undefined> {
  let whole = true;
  try {
    const inspection = files.inspect(database);
    if (inspection === undefined) return undefined;
    try {
      const meta = await inspection.meta();
      if (meta === undefined) return false;
      const root = requireRoot(keys.root, meta, origin);
      const ring = new KekRing(root, await inspection.keks());
      const authorKeys = { sigilderg: keysAt(pinned.sigilderg), mmf: keysAt(pinned.mmf) };
      const ground: KeyedGround = { root, ring, recordKeys: keysAt(pinned.record), pinned, authorKeys };
      const end = await inspection.end();
      for (let from = size; from < end; from += CHUNK) {
        for (const { row, tags } of await inspection.leaves(from, Math.min(CHUNK, end - from))) {
          if (row === undefined) whole = false;
          if (row === undefined || !wanted(row.kind)) continue;
          const { signed, faults } = examine(row, tags ?? [], ground);
          if (signed === undefined || faults.length > 0) whole = false;
          else found.set(signed.record.id, signed.record);
        }
      }
      return whole;
    } finally {
      await inspection.close();
    }
  } catch (error) {
    if (error instanceof StoreError) return false;
    throw error;
  }
}
