import type { BackupMade } from "@sigil/wire";

/** The backups that were made of a store, newest last. An erasure names them: they still hold what it destroys. */
export interface BackupLedger {
  /** At most the 32 newest. */
  list(): Promise<readonly BackupMade[]>;
  add(backup: BackupMade): Promise<void>;
}
