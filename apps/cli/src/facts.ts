import { readFileSync } from "node:fs";
import { parseTrustFile } from "@sigil/canon";
import { isLoopback, type LoadedConfig, loadConfig, modelKeyFile, readModelKey } from "@sigil/service";
import type { LlmEndpoint } from "@sigil/wire";
import { isFree } from "./clients/sockets.ts";
import { stateOf } from "./clients/state.ts";
import type { Settings } from "./domain/command.ts";
import type { Facts } from "./domain/doctor/facts.ts";
import { CliError } from "./domain/error.ts";
import { layout } from "./domain/home.ts";
import type { Licence } from "./domain/licence-choice.ts";
import { SERVICES, url } from "./domain/services.ts";
import type { StoreGlance } from "./domain/store-glance.ts";
import type { Addresses, Running } from "./domain/supervisor.ts";
import {
  filesOf,
  foreignFiles,
  freeBytes,
  inside,
  newest,
  onPath,
  readableSecrets,
  refusalOf,
} from "./store/examination.ts";
import { inspect } from "./store/home.ts";
import { listKeys } from "./store/keys.ts";
import { readStale } from "./store/lock.ts";
import { leftovers } from "./store/staging.ts";

interface Sources {
  readonly settings: Settings;
  readonly env: NodeJS.ProcessEnv;
  readonly homeOf: (settings: Settings) => string;
  readonly config: (home: string, set: readonly string[]) => LoadedConfig;
  readonly runningOf: (settings: Settings) => Running | undefined;
  readonly addressesOf: (settings: Settings) => Addresses;
  readonly licences: (settings: Settings) => readonly Licence[];
  /** Of this command. */
  readonly version: string;
  readonly glance: (settings: Settings) => Promise<StoreGlance>;
  readonly leastFree: number;
  readonly modelsOf: (settings: Settings) => Promise<readonly LlmEndpoint[]>;
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
  const { state, refused } = tried(
    () => ({ state: inspect(home), refused: null }),
    (error) => {
      if (!(error instanceof CliError) || !isRefusal(error.code)) throw error;
      const { code, message, remedy } = error;
      // Of part of a runtime, what is there is examined; of what is none, nothing.
      const part = code === "home-incomplete" || code === "home-newer";
      return { state: part ? ("sigil" as const) : ("fresh" as const), refused: { code, message, remedy } };
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
      const { reachable, ready, reasons, version } = await stateOf(url(address));
      const free = running === undefined && address.port !== 0 ? await isFree(address) : null;
      return {
        name,
        url: url(address),
        setting: `${section}.port`,
        loopback: isLoopback(address.host),
        reachable,
        ready,
        reasons,
        version,
        free,
      };
    }),
  );
  const files = state === "fresh" ? [] : filesOf(home);
  const anchor = config.codex_nexus.anchor_path;
  const bwrap = process.platform === "linux" ? onPath("bwrap", env.PATH) : null;
  return {
    node: process.versions.node,
    version: from.version,
    platform: process.platform,
    home,
    state,
    refused,
    foreign: state === "fresh" ? [] : foreignFiles(home, [config.codex_nexus.data_dir, anchor]),
    leftovers: leftovers(home),
    files,
    readable: state === "fresh" ? [] : readableSecrets(home),
    keys: state === "fresh" ? [] : tried(() => listKeys(home), registryProblem),
    config: broken,
    supervisor: running === undefined ? null : { pid: running.pid, startedAt: running.startedAt },
    lock: readStale(layout(home).supervisor) ?? null,
    services,
    anchor: {
      path: anchor,
      inData: inside(anchor, config.codex_nexus.data_dir),
    },
    store: await glanced(state === "fresh" ? undefined : () => from.glance(settings)),
    quorum: tried(
      () => parseTrustFile(readFileSync(layout(home).trust)).quorum.mode,
      () => null,
    ),
    isolation: { configured: config.mmf.isolation, bwrap, refusal: bwrap === null ? null : refusalOf(bwrap) },
    models: (broken === null ? await from.modelsOf(settings).catch(() => []) : []).map((endpoint) => ({
      ...endpoint,
      keyProblem: endpoint.auth === "none" ? null : keyProblem(modelKeyFile(home, endpoint.base)),
    })),
    freeBytes: freeBytes(config.codex_nexus.data_dir),
    leastFree: from.leastFree,
    clock: { now: new Date().toISOString(), newest: newest(files) },
    licences: from.licences(settings).map(({ name, claims }) => ({
      name,
      principal: claims.sub,
      loa: claims.loa,
      expires: new Date(claims.exp * 1000).toISOString(),
    })),
  };
}

const REFUSALS = ["home-incomplete", "home-newer", "home-not-sigil", "home-not-writable"] as const;

function isRefusal(code: string): code is (typeof REFUSALS)[number] {
  return (REFUSALS as readonly string[]).includes(code);
}

async function glanced(look: (() => Promise<StoreGlance>) | undefined): Promise<Facts["store"]> {
  if (look === undefined) return { unknown: { message: "there is no runtime", remedy: "Make one." } };
  try {
    return await look();
  } catch (error) {
    const { message, remedy } = error as Error & { remedy?: string };
    return { unknown: { message, remedy: remedy ?? "Run `npm start` once in the repository." } };
  }
}

function keyProblem(file: string): { message: string; remedy: string } | null {
  return tried(
    () => {
      readModelKey(file);
      return null;
    },
    ({ message, remedy }: Error & { remedy?: string }) => ({
      message,
      remedy: remedy ?? "Write the key into it.",
    }),
  );
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
