import { existsSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { syncFolderOf } from "./backup-file.ts";
import { DATABASE } from "./exclusive.ts";

/** SQLite's own files beside a database; they belong to the name before the suffix. */
const SUFFIXES = ["", "-wal", "-shm"] as const;

/**
 * Puts `fresh` in the place of a folder's database. The one that was there is kept under `aside`, with its write-ahead
 * log, whatever state it is in. Returns where it is kept, undefined when there was none.
 */
export function replaceDatabase(folder: string, fresh: string, aside: string): string | undefined {
  const database = join(folder, DATABASE);
  const kept = join(folder, aside);
  const there = existsSync(database);
  for (const suffix of SUFFIXES) {
    if (existsSync(`${database}${suffix}`)) renameSync(`${database}${suffix}`, `${kept}${suffix}`);
  }
  renameSync(fresh, database);
  syncFolderOf(database);
  return there ? kept : undefined;
}

/** Removes a database that never came to its place. */
export function dropDatabase(file: string): void {
  for (const suffix of SUFFIXES) rmSync(`${file}${suffix}`, { force: true });
}
