import { copyFileSync, existsSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { DatabaseFiles } from "../domain/database-files.ts";
import { copyDatabase } from "./backup-file.ts";
import { SqliteInspection } from "./inspection.ts";
import { dropDatabase, replaceDatabase } from "./replace.ts";
import { SqliteStorage } from "./sqlite.ts";

/** SQLite databases as files. */
export const databaseFiles: DatabaseFiles = {
  copy: copyDatabase,
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
