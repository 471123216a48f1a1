import { existsSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "../domain/error.ts";
import { lockStore } from "./lock.ts";
import { type OpenStorage, SqliteStorage } from "./sqlite.ts";
import { trialOf } from "./trial.ts";

/** The store's database in its data folder. */
export const DATABASE = "nexus.db";
export const LOCK = "nexus.lock";

/** Bytes of the database file and of its write-ahead log. */
export function databaseBytes(folder: string): number {
  const sizes = ["", "-wal"].map(
    (end) => statSync(join(folder, `${DATABASE}${end}`), { throwIfNoEntry: false })?.size ?? 0,
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** A store that no other process has open. */
export interface ExclusiveStore {
  readonly storage: SqliteStorage;
  /** Lets go of the lock; close the storage before. Idempotent. */
  release(): void;
}

/**
 * Takes the lock, then opens the database. Throws `store-missing` before it leaves anything in a folder that holds no
 * store (unless `create`), `store-locked`, or what opening throws.
 */
export function openExclusively(folder: string, options: OpenStorage = {}): ExclusiveStore {
  const file = join(folder, DATABASE);
  if (options.create !== true && !existsSync(file)) {
    throw new StoreError("store-missing", `there is no database at ${file}`, {
      remedy: "Check codex_nexus.data_dir; `sigil start` creates a runtime in an empty home.",
    });
  }
  const lock = lockStore(join(folder, LOCK));
  try {
    // A process that was killed while it tried to write.
    rmSync(trialOf(file), { force: true });
    return { storage: SqliteStorage.open(file, options), release: lock.release };
  } catch (error) {
    lock.release();
    throw error;
  }
}
