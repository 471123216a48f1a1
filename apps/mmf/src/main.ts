import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { fromBase64url, verifyKey } from "@sigil/crypto";
import {
  createLogger,
  createService,
  lifelineOf,
  loadConfigFile,
  peerClient,
  readArguments,
  readServiceKeys,
  registryEntry,
  runMain,
  serve,
} from "@sigil/service";
import packageFile from "../package.json" with { type: "json" };
import { registerRoutes } from "./app.ts";
import { SigilDergDoor } from "./clients/sigilderg.ts";
import { Catalog } from "./domain/module.ts";
import { engineIdentity } from "./sandbox/identity.ts";
import { RunnerPool } from "./sandbox/pool.ts";
import { readModules } from "./store/module-folders.ts";

/** The built-in packages: beside the bundle, or from source in the folder that the build fills. */
function builtInModules(): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const bundled = join(here, "modules");
  return existsSync(bundled) ? bundled : join(here, "../dist/modules");
}

async function start(): Promise<void> {
  const { home, set, options } = readArguments(process.argv.slice(2), {
    serve: { "with-parent": "boolean" },
  });
  const { config } = loadConfigFile({ home, env: process.env, flags: set });
  const keys = readServiceKeys(home, "mmf");
  const logger = createLogger({ service: "mmf", level: config.log.level });
  const catalog = new Catalog(await readModules(config.mmf.modules_dir || builtInModules()));
  const { runners, isolation } = config.mmf;
  const warm = catalog.largestPublisher();
  const strangers = catalog.list().some(({ publisher }) => publisher !== warm.publisher);
  const sandbox = new RunnerPool({ runners, isolation, warm, strangers });
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
