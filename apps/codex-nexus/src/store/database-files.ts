import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseFiles } from "../domain/database-files.ts";
import { copyDatabase, fileSha256, refuseExisting } from "./backup-file.ts";
import { SqliteInspection } from "./inspection.ts";
import { dropDatabase, replaceDatabase } from "./replace.ts";
import { assembleChain } from "./segment-apply.ts";
import { cutSegment, readEnd } from "./segment-file.ts";
import { SqliteStorage } from "./sqlite.ts";

/** SQLite databases as files. */
export const databaseFiles: DatabaseFiles = {
  requireNew: refuseExisting,
  copy: copyDatabase,
  end: readEnd,
  sha256: fileSha256,
  cut: cutSegment,
  assemble: assembleChain,
  inspect: (database) => (existsSync(database) ? SqliteInspection.open(database) : undefined),
  openFresh(backup, fresh) {
    mkdirSync(dirname(fresh), { recursive: true, mode: 0o700 });
    dropDatabase(fresh);
    copyFileSync(backup, fresh);
    return SqliteStorage.open(fresh);
  },
  replace: replaceDatabase,
  drop: dropDatabase,
};
