import { mkdirSync } from "node:fs";
import { buffer } from "node:stream/consumers";
import {
  type Config,
  createLogger,
  type Logger,
  lifelineOf,
  loadConfigFile,
  readArguments,
  readServiceKeys,
  runMain,
  type ServiceArguments,
  serve,
} from "@sigil/service";
import manifest from "../package.json" with { type: "json" };
import { createApp } from "./app.ts";
import { submitToWitness } from "./clients/witness.ts";
import { bootstrapCommand } from "./commands/bootstrap.ts";
import { openStore, type StoreEvents } from "./domain/opening.ts";
import { backupLedgerPath, pinnedKeys, readTrust } from "./home.ts";
import { backup, migrate, restore } from "./maintenance.ts";
import { StoreMetrics } from "./metrics.ts";
import { FileAnchor } from "./store/anchor-file.ts";
import { FileBackupLedger } from "./store/backup-ledger.ts";
import { databaseBytes, openExclusively } from "./store/exclusive.ts";
import { HomeKeyFiles } from "./store/key-files.ts";
import { SealThreads } from "./store/seal-threads.ts";
import { inspect, verify } from "./verification.ts";

const COMMANDS = {
  serve: { "with-parent": "boolean" },
  bootstrap: {},
  verify: { data: "string", from: "string", resume: "string", keyless: "boolean", "no-anchor": "boolean" },
  backup: { file: "string", since: "string" },
  restore: { file: "string", segment: "strings", export: "string" },
  migrate: { file: "string", "dry-run": "boolean" },
  inspect: {},
} as const;

/** Commands around the store: each prints one JSON report. */
const MAINTENANCE = { backup, restore, migrate, inspect } as const;

type Arguments = ServiceArguments<keyof typeof COMMANDS>;

await runMain(async () => {
  // Whatever SQLite creates beside the database is for this user alone.
  process.umask(0o077);
  const args = readArguments(process.argv.slice(2), COMMANDS);
  if (args.command === "verify") return verify(args);
  const { config } = loadConfigFile({ home: args.home, env: process.env, flags: args.set });
  if (args.command === "serve") return run(args, config);
  if (args.command === "bootstrap") return bootstrap(args.home, config);
  const report = await MAINTENANCE[args.command](args.home, config, args.options);
  process.stdout.write(`${JSON.stringify(report)}\n`);
});

async function run({ home, options }: Arguments, config: Config): Promise<void> {
  const { data_dir: folder, anchor_path: anchor, queue_limit: queueLimit, host, port } = config.codex_nexus;
  const keys = readServiceKeys(home, "codex-nexus");
  const trust = readTrust(home, keys.registry);
  const logger = createLogger({ service: "codex-nexus", level: config.log.level });
  const metrics = new StoreMetrics();
  const { storage, release } = openExclusively(folder, { threaded: true });
  const stop = async (close: () => Promise<void>) => {
    await close();
    release();
  };
  try {
    const nexus = await openStore({
      storage,
      keys,
      origin: keys.registry.origin,
      anchor: new FileAnchor(anchor),
      backups: new FileBackupLedger(backupLedgerPath(anchor)),
      sealer: new SealThreads(),
      pinned: pinnedKeys(keys.registry, trust),
      keyFiles: new HomeKeyFiles(home, Date.now, () => readTrust(home, keys.registry)),
      clock: Date.now,
      submit: submitToWitness,
      queueLimit,
      events: metrics.counting(loggedEvents(logger)),
    });
    if (nexus.alarm !== undefined) {
      const { code, detail } = nexus.alarm;
      logger.error({ code, detail }, "the store opens for reading its log only");
    }
    const service = createApp(nexus, { version: manifest.version, config, keys, logger });
    metrics.register(service.metrics.registry, nexus, () => databaseBytes(folder));
    const lifeline = lifelineOf(options);
    await serve({ service, host, port, lifeline, onStop: () => stop(() => nexus.close()) });
  } catch (error) {
    await stop(() => storage.close());
    throw error;
  }
}

function loggedEvents(logger: Logger): StoreEvents {
  return {
    committed: ({ records, seconds, size }) =>
      logger.debug({ records, commitMs: Math.round(seconds * 1000), size }, "batch committed"),
    failed: (what, err) => logger.error({ err, what }, `${what} failed`),
    damaged: ({ code, message }, at) =>
      logger.error({ code, detail: message, at }, "damage found while reading"),
  };
}

async function bootstrap(home: string, config: Config): Promise<void> {
  const { data_dir: folder, anchor_path: anchor } = config.codex_nexus;
  const keys = readServiceKeys(home, "codex-nexus");
  const input = await buffer(process.stdin);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { storage, release } = openExclusively(folder, { create: true });
  try {
    const { origin } = keys.registry;
    const ground = { storage, anchor: new FileAnchor(anchor), keys, origin, clock: Date.now };
    const { genesisHash, checkpoint, records } = await bootstrapCommand(input, ground);
    const places = records.map(({ id, hash, index }) => ({ id, hash, index }));
    process.stdout.write(`${JSON.stringify({ genesisHash, checkpoint, records: places })}\n`);
  } finally {
    await storage.close();
    release();
  }
}
