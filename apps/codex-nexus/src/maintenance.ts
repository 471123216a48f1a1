import { createReadStream, existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { TrustFile } from "@sigil/canon";
import { type Config, readServiceKeys, type ServiceArguments } from "@sigil/service";
import { backupCommand } from "./commands/backup.ts";
import { migrateCommand } from "./commands/migrate.ts";
import { restoreCommand } from "./commands/restore.ts";
import { assembleCommand, requireNoSegment, segmentCommand } from "./commands/segment.ts";
import { verifyCommand } from "./commands/verify.ts";
import { StoreError } from "./domain/error.ts";
import { RootKeys } from "./domain/keys.ts";
import { openStore } from "./domain/opening.ts";
import { backupLedgerPath, pinnedKeys, readTrust } from "./home.ts";
import { progressLine } from "./progress.ts";
import { FileAnchor } from "./store/anchor-file.ts";
import { FileBackupLedger } from "./store/backup-ledger.ts";
import { databaseFiles } from "./store/database-files.ts";
import { DATABASE, LOCK, openExclusively } from "./store/exclusive.ts";
import { SqliteInspection } from "./store/inspection.ts";
import { HomeKeyFiles, replaceFile } from "./store/key-files.ts";
import { lockStore } from "./store/lock.ts";
import { threadedRanges } from "./verification.ts";

type Options = ServiceArguments<string>["options"];

/** What every command around the store needs of the home. */
function ground(home: string, config: Config) {
  const keys = readServiceKeys(home, "codex-nexus");
  const trust = readTrust(home, keys.registry);
  const pinned = pinnedKeys(keys.registry, trust);
  const { origin } = keys.registry;
  const { data_dir: folder, anchor_path: anchor } = config.codex_nexus;
  const verify = (file: string) =>
    verifyCommand({
      open: () => SqliteInspection.open(file),
      ...{ origin, pinned, keys },
      genesis: trust?.genesis,
      // A copy is older than the anchor on purpose.
      anchor: null,
      ranges: threadedRanges({ file, origin, pinned, root: keys.root }),
      progress: progressLine(process.stderr, Date.now),
    });
  const ledger = new FileBackupLedger(backupLedgerPath(anchor));
  return { keys, trust, pinned, origin, folder, anchor: new FileAnchor(anchor), ledger, verify };
}

function fileOf(options: Options): string {
  const { file } = options;
  if (typeof file === "string" && file !== "") return file;
  throw new StoreError("migrate-unreadable", "--file is missing", {
    remedy: "Name the file: --file <path>.",
  });
}

/** `backup --file F [--since BASE]`, beside a running service. */
export function backup(home: string, config: Config, options: Options): Promise<unknown> {
  const { folder, ledger, verify, keys, origin } = ground(home, config);
  const command = {
    files: databaseFiles,
    database: join(folder, DATABASE),
    file: fileOf(options),
    ...{ ledger, verify },
    clock: Date.now,
  };
  const { since } = options;
  if (typeof since !== "string") return backupCommand(command);
  return segmentCommand({ ...command, since, root: new RootKeys(keys.root, origin) });
}

/** `restore --file F [--segment S]… [--export BUNDLE]`, with the store stopped. */
export async function restore(home: string, config: Config, options: Options): Promise<unknown> {
  const { keys, trust, pinned, origin, folder, anchor, verify } = ground(home, config);
  if (trust === undefined) {
    throw new StoreError("trust-mismatch", "there is no trust.json to write the new epoch into", {
      remedy: "Restore trust.json and keys/ from the same place as the backup.",
    });
  }
  const base = fileOf(options);
  const { export: named, segment } = options;
  const segments = Array.isArray(segment) ? segment : [];
  const file = segments.length === 0 ? base : join(folder, "restoring-chain.db");
  const exports = typeof named === "string" ? [readFileSync(named, "utf8")] : [];
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const lock = lockStore(join(folder, LOCK));
  try {
    const writeTrust = (next: TrustFile) => {
      replaceFile(join(home, "trust.json"), `${JSON.stringify(next, null, 2)}\n`);
      new HomeKeyFiles(home, Date.now, () => next).publish(next.keys);
    };
    const root = new RootKeys(keys.root, origin);
    if (segments.length === 0) requireNoSegment(databaseFiles, file);
    else await assembleCommand(databaseFiles, { base, segments, root }, file);
    return await restoreCommand({
      files: databaseFiles,
      database: join(folder, DATABASE),
      named: [base, ...segments].join(" with "),
      ...{ file, folder, origin, keys, pinned, trust, anchor, exports, verify, writeTrust },
      clock: Date.now,
    });
  } finally {
    if (file !== base) databaseFiles.drop(file);
    lock.release();
  }
}

/** `migrate --file F [--dry-run]`, with the store stopped. */
export async function migrate(home: string, config: Config, options: Options): Promise<unknown> {
  const { keys, trust, origin, folder, anchor, ledger } = ground(home, config);
  const file = fileOf(options);
  if (!existsSync(file)) {
    throw new StoreError("migrate-unreadable", `there is no file ${file}`, { remedy: "Name a JSONL file." });
  }
  const { storage, release } = openExclusively(folder);
  try {
    const nexus = await openStore({
      ...{ storage, keys, origin, anchor },
      backups: ledger,
      pinned: pinnedKeys(keys.registry, trust),
      keyFiles: new HomeKeyFiles(home, Date.now, () => trust),
      clock: Date.now,
      queueLimit: 4096,
      events: { committed: () => undefined, failed: () => undefined, damaged: () => undefined },
    });
    try {
      const lines = createInterface({
        input: createReadStream(file, "utf8"),
        crlfDelay: Number.POSITIVE_INFINITY,
      });
      const root = new RootKeys(keys.root, origin);
      const progress = progressLine(process.stderr, Date.now, "read");
      return await migrateCommand(lines, { nexus, root, dryRun: options["dry-run"] === true, progress });
    } finally {
      await nexus.close();
    }
  } finally {
    await storage.close();
    release();
  }
}
