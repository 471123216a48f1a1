import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseTrustFile } from "@sigil/canon";
import { isLoopback, type LoadedConfig, loadConfig } from "@sigil/service";
import { isFree } from "./clients/sockets.ts";
import { stateOf } from "./clients/state.ts";
import type { Settings } from "./domain/command.ts";
import type { Facts } from "./domain/doctor/facts.ts";
import { CliError } from "./domain/error.ts";
import { layout } from "./domain/home.ts";
import type { Licence } from "./domain/licence-choice.ts";
import { SERVICES, url } from "./domain/services.ts";
import type { Addresses, Running } from "./domain/supervisor.ts";
import {
  filesOf,
  freeBytes,
  inside,
  newest,
  onPath,
  readableSecrets,
  refusalOf,
} from "./store/examination.ts";
import { inspect } from "./store/home.ts";
import { listKeys } from "./store/keys.ts";

interface Sources {
  readonly settings: Settings;
  readonly env: NodeJS.ProcessEnv;
  readonly homeOf: (settings: Settings) => string;
  readonly config: (home: string, set: readonly string[]) => LoadedConfig;
  readonly runningOf: (settings: Settings) => Running | undefined;
  readonly addressesOf: (settings: Settings) => Addresses;
  readonly licences: (settings: Settings) => readonly Licence[];
}

/** The value of `read`, or `otherwise` when it throws: an examination reports what is broken and stops at nothing. */
function tried<T, U>(read: () => T, otherwise: (error: Error) => U): T | U {
  try {
    return read();
  } catch (error) {
    return otherwise(error as Error);
  }
}

/** Everything that `sigil doctor` looks at. */
export async function gatherFacts(from: Sources): Promise<Facts> {
  const { settings, env } = from;
  const home = from.homeOf(settings);
  const { state, partial } = tried(
    () => ({ state: inspect(home), partial: null }),
    (error) => {
      if (!(error instanceof CliError) || error.code !== "home-incomplete") throw error;
      return { state: "sigil" as const, partial: { message: error.message, remedy: error.remedy } };
    },
  );
  const broken = tried(
    () => from.config(home, settings.set) && null,
    ({ message, remedy }: Error & { remedy?: string }) => ({ message, remedy: remedy ?? null }),
  );
  // With a broken configuration the defaults are examined, so that the rest of the report still says something.
  const { config } =
    broken === null ? from.config(home, settings.set) : loadConfig({ home, env: {}, flags: [] });
  const running = from.runningOf(settings);
  const addresses = tried(
    () => from.addressesOf(settings),
    () =>
      Object.fromEntries(
        SERVICES.map(({ name, section }) => [name, config[section]]),
      ) as unknown as Addresses,
  );
  const services = await Promise.all(
    SERVICES.map(async ({ name, section }) => {
      const address = addresses[name];
      const { reachable, ready, reasons } = await stateOf(url(address));
      const free = running === undefined && address.port !== 0 ? await isFree(address) : null;
      return {
        name,
        url: url(address),
        setting: `${section}.port`,
        loopback: isLoopback(address.host),
        reachable,
        ready,
        reasons,
        free,
      };
    }),
  );
  const files = state === "fresh" ? [] : filesOf(home);
  const anchor = config.codex_nexus.anchor_path;
  const bwrap = process.platform === "linux" ? onPath("bwrap", env.PATH) : null;
  return {
    node: process.versions.node,
    platform: process.platform,
    home,
    state,
    partial,
    files,
    readable: state === "fresh" ? [] : readableSecrets(home),
    keys: state === "fresh" ? [] : tried(() => listKeys(home), registryProblem),
    config: broken,
    supervisor: running === undefined ? null : { pid: running.pid, startedAt: running.startedAt },
    services,
    anchor: {
      path: anchor,
      present: existsSync(anchor),
      inData: inside(anchor, config.codex_nexus.data_dir),
    },
    database: existsSync(join(config.codex_nexus.data_dir, "nexus.db")),
    quorum: tried(
      () => parseTrustFile(readFileSync(layout(home).trust)).quorum.mode,
      () => null,
    ),
    isolation: { configured: config.mmf.isolation, bwrap, refusal: bwrap === null ? null : refusalOf(bwrap) },
    freeBytes: freeBytes(config.codex_nexus.data_dir),
    clock: { now: new Date().toISOString(), newest: newest(files) },
    licences: from.licences(settings).map(({ name, claims }) => ({
      name,
      principal: claims.sub,
      loa: claims.loa,
      expires: new Date(claims.exp * 1000).toISOString(),
    })),
  };
}

function registryProblem(error: Error): Facts["keys"] {
  return [
    {
      owner: "issuer",
      purpose: "issuer",
      kid: null,
      createdAt: null,
      sealedWith: null,
      path: "keys/registry.json",
      problem: error.message,
    },
  ];
}
