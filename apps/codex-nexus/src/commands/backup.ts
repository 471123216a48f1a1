import { resolve } from "node:path";
import type { BackupLedger } from "../domain/backup-ledger.ts";
import { type Clock, timestamp } from "../domain/clock.ts";
import type { DatabaseFiles, WrittenCopy } from "../domain/database-files.ts";
import { StoreError } from "../domain/error.ts";
import type { VerifyReport } from "../domain/verify/report.ts";

export interface BackupCommand {
  readonly files: DatabaseFiles;
  readonly database: string;
  readonly file: string;
  /** The whole verification, with keys, of a database file. */
  readonly verify: (database: string) => Promise<VerifyReport>;
  readonly ledger: BackupLedger;
  readonly clock: Clock;
}

export interface BackupReport {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly records: number;
  readonly size: number | null;
  readonly root: string | null;
  /** What another machine needs beside the file, below the home. */
  readonly needs: readonly string[];
}

/** What a home needs, beside a backup, to be restored on another machine. */
export const NEEDS = ["keys/", "secrets/", "trust.json", "licences/"] as const;

/**
 * `backup`: a consistent copy of the store, made beside a running service, verified as a whole after it was written, and
 * noted in the ledger of backups. Throws `backup-exists`, `backup-not-written`, or `backup-not-verified` with the first
 * finding; then there is no file of that name.
 */
export async function backupCommand(command: BackupCommand): Promise<BackupReport> {
  const { files, database, verify, ledger, clock } = command;
  const file = resolve(command.file);
  const at = timestamp(clock());
  const copy = files.copy(database, file);
  try {
    const report = await requireVerified(verify, copy);
    const sha256 = await copy.sha256();
    copy.keep();
    await ledger.add({ at, size: report.size ?? 0, file: file.slice(-256) });
    const { records, size, root } = report;
    return { file, bytes: copy.bytes, sha256, records, size, root, needs: NEEDS };
  } catch (error) {
    copy.drop();
    throw error;
  }
}

/** Throws `backup-not-verified` with the first finding. */
export async function requireVerified(
  verify: BackupCommand["verify"],
  copy: WrittenCopy,
): Promise<VerifyReport> {
  const report = await verify(copy.path);
  const [first] = report.findings;
  if (report.ok && first === undefined) return report;
  const what = first === undefined ? "it does not verify" : `${first.check}: ${first.detail}`;
  throw new StoreError("backup-not-verified", `the copy is not sound, and so the store may not be: ${what}`);
}
