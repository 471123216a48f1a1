import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { fromBase64url, verifyKey } from "@sigil/crypto";
import {
  type Config,
  createLogger,
  createService,
  installedModules,
  lifelineOf,
  loadConfigFile,
  peerClient,
  readArguments,
  readServiceKeys,
  registryEntry,
  runMain,
  type ServiceArguments,
  serve,
} from "@sigil/service";
import packageFile from "../package.json" with { type: "json" };
import { registerRoutes } from "./app.ts";
import { SigilDergDoor } from "./clients/sigilderg.ts";
import { answerRehearsal } from "./commands/rehearse.ts";
import { Catalog } from "./domain/module.ts";
import { engineIdentity } from "./sandbox/identity.ts";
import { RunnerPool } from "./sandbox/pool.ts";
import { InstalledModules, readModules } from "./store/module-folders.ts";

/** The built-in packages: beside the bundle, or from source in the folder that the build fills. */
function builtInModules(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const bundled = join(here, "modules");
  return existsSync(bundled) ? bundled : join(here, "../dist/modules");
}

const COMMANDS = { serve: { "with-parent": "boolean" }, rehearse: {} } as const;

async function start(): Promise<void> {
  const { command, home, set, options } = readArguments(process.argv.slice(2), COMMANDS);
  const { config } = loadConfigFile({ home, env: process.env, flags: set });
  if (command === "rehearse") return await rehearsals(config);
  await run({ home, options }, config);
}

/** Runs an author's modules for the command that started it; a home, keys and a port are of no use to it. */
async function rehearsals({ mmf: { isolation } }: Config): Promise<void> {
  const sandbox = new RunnerPool({ runners: 1, isolation });
  try {
    await sandbox.ready();
    for await (const line of createInterface({ input: process.stdin })) {
      process.stdout.write(`${JSON.stringify(await answerRehearsal(line, sandbox))}\n`);
    }
  } finally {
    await sandbox.close();
  }
}

async function run(
  { home, options }: Pick<ServiceArguments<"serve">, "home" | "options">,
  config: Config,
): Promise<void> {
  const keys = readServiceKeys(home, "mmf");
  const logger = createLogger({ service: "mmf", level: config.log.level });
  const shelf = new InstalledModules(installedModules(home), (refused) =>
    logger.error(refused, "an installed module package does not verify and is not loaded"),
  );
  const catalog = new Catalog(await readModules(config.mmf.modules_dir || builtInModules()), shelf);
  await catalog.refresh();
  const { runners, isolation } = config.mmf;
  const warm = catalog.largestPublisher();
  const sandbox = new RunnerPool({ runners, isolation, warm, strangers: !warm.alone });
  const client = peerClient({ self: "mmf", peer: "sigilderg", config, keys });
  const service = createService({
    name: "mmf",
    version: packageFile.version,
    config,
    keys,
    logger,
    readiness: () => sandbox.readiness(),
  });
  registerRoutes(service, {
    catalog,
    sandbox,
    door: new SigilDergDoor(client),
    key: keys.service,
    engine: engineIdentity(),
    now: () => new Date().toISOString(),
    clock: Date.now,
    grantKey: verifyKey(fromBase64url(registryEntry(keys.registry, "sigilderg", "service").publicKey)),
  });
  await sandbox.ready();
  await serve({
    service,
    host: config.mmf.host,
    port: config.mmf.port,
    lifeline: lifelineOf(options),
    onStop: async () => {
      await sandbox.close();
      await client.close();
    },
  });
}

await runMain(start);
