import {
  createLogger,
  lifelineOf,
  loadConfigFile,
  peerClient,
  readArguments,
  readServiceKeys,
  runMain,
  serve,
} from "@sigil/service";
import manifest from "../package.json" with { type: "json" };
import { createApp } from "./app.ts";
import { ChatEndpoints } from "./clients/llm/chat.ts";
import { connectUpstreams } from "./clients/upstreams.ts";
import { OPEN_RUN_LIMIT, RUN_OPEN_MS } from "./control-plane.ts";
import { developmentBypass } from "./development-bypass.ts";
import { PinnedTrust } from "./domain/credentials/pinned-trust.ts";
import { FileDueCommands } from "./due-commands-file.ts";
import { readTrustFile } from "./trust-file.ts";

/** Connections to the store, and so requests of it in flight. */
const STORE_CONNECTIONS = 16;

await runMain(async () => {
  const { home, set, options } = readArguments(process.argv.slice(2), {
    serve: { "with-parent": "boolean" },
  });
  const { config, origins } = loadConfigFile({ home, env: process.env, flags: set });
  const trust = new PinnedTrust(() => readTrustFile(home));
  const keys = readServiceKeys(home, "sigilderg");
  const logger = createLogger({ service: "sigilderg", level: config.log.level });
  const codexNexus = peerClient({
    self: "sigilderg",
    peer: "codex-nexus",
    config,
    keys,
    connections: STORE_CONNECTIONS,
  });
  // A run holds its connection as long as it lasts; a few more serve lists and health.
  const mmf = peerClient({ self: "sigilderg", peer: "mmf", config, keys, connections: OPEN_RUN_LIMIT + 4 });
  const probes = {
    codexNexus: peerClient({ self: "sigilderg", peer: "codex-nexus", config, keys, connections: 1 }),
    mmf: peerClient({ self: "sigilderg", peer: "mmf", config, keys, connections: 1 }),
  };
  const bypass =
    globalThis.SIGIL_DEVELOPMENT_BUILD === true
      ? developmentBypass({
          ...{ env: process.env, door: config.sigilderg },
          genesis: { runtimeId: trust.current.runtimeId, fingerprint: trust.current.genesis },
          warn: (line) => process.stderr.write(`${line}\n`),
        })
      : undefined;
  const { service, plane, readiness } = createApp({
    ...{ version: manifest.version, config, origins, keys, trust, logger, bypass },
    llm: new ChatEndpoints({
      home,
      said: (line) => logger.warn(line, "a language model did not answer"),
    }),
    due: new FileDueCommands(home, Date.now),
    connect: connectUpstreams({ codexNexus, mmf }, probes, trust, RUN_OPEN_MS),
  });
  bypass?.announce();
  await serve({
    service,
    host: config.sigilderg.host,
    port: config.sigilderg.port,
    maxConnections: config.sigilderg.max_connections,
    lifeline: lifelineOf(options),
    onStop: async () => {
      readiness.stop();
      await plane.close();
      await Promise.all([codexNexus, mmf, probes.codexNexus, probes.mmf].map((client) => client.close()));
    },
  });
  plane.reporter.start();
  await readiness.start();
});
