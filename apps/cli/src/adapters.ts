import { existsSync, readFileSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join, relative, resolve } from "node:path";
import { parseTrustFile } from "@sigil/canon";
import { type ActionRows, actionRow, policyDigest } from "@sigil/policy";
import { loadConfigFile, resolveHome, serviceUrl } from "@sigil/service";
import { type LlmEndpoint, WireError } from "@sigil/wire";
import { type DoorPlace, type MetPlace, meet, withDoorAt } from "./clients/door.ts";
import { aroundStore, genesisWriter, glanceStore, storeVerifier } from "./clients/nexus.ts";
import { processes } from "./clients/processes.ts";
import { rehearsals } from "./clients/rehearsals.ts";
import { freePorts, requireFree } from "./clients/sockets.ts";
import { stateOf } from "./clients/state.ts";
import { openBench } from "./clients/workshop.ts";
import { noted } from "./domain/around-store.ts";
import { clientKeyOf } from "./domain/client-key.ts";
import type { Settings } from "./domain/command.ts";
import { CliError } from "./domain/error.ts";
import { layout } from "./domain/home.ts";
import type { Host } from "./domain/launch.ts";
import { chooseLicence, closestLicence, type Licence } from "./domain/licence-choice.ts";
import { askRuntime, decidedAtDoor, decideHere, needsLicenceHere } from "./domain/local-decision.ts";
import type { Needs } from "./domain/needs.ts";
import { type PassphraseSources, passphraseOf } from "./domain/passphrase.ts";
import { policyInForce } from "./domain/policy-source.ts";
import { SERVICES } from "./domain/services.ts";
import type { Addresses, Running } from "./domain/supervisor.ts";
import { gatherFacts } from "./facts.ts";
import { bundle } from "./store/author/bundle.ts";
import { built, cases, create, source, watch, write } from "./store/author/folder.ts";
import { types } from "./store/author/types.ts";
import { beginCommand } from "./store/due-commands.ts";
import { readLines, readPrivate, readRegular, readSource, writeNew, writeParts } from "./store/files.ts";
import { inspect, requireHome, requireWritable } from "./store/home.ts";
import { openIssuerVault } from "./store/issuer-vault.ts";
import { listKeys, openIssuer } from "./store/keys.ts";
import { namedLicence, parseLicence, readLicences, shelf } from "./store/licences.ts";
import { born, readRunning, SupervisorLock } from "./store/lock.ts";
import { readModulePackages } from "./store/modules.ts";
import { packages } from "./store/packages.ts";
import { stage, sweep } from "./store/staging.ts";

/** What differs from call to call and not from command to command. */
export interface Surroundings {
  readonly env: NodeJS.ProcessEnv;
  /** The folder that holds the apps, and this command's own file. */
  readonly apps: string;
  readonly command: string;
  readonly signal: AbortSignal;
  readonly atExit: (last: () => void) => void;
  readonly console: Pick<Needs, "emit" | "emitLine" | "tell" | "progress" | "say" | "warn" | "stdin"> &
    Pick<PassphraseSources, "ask"> &
    Pick<Needs, "answer">;
}

const MAX_TEXT = 64 * 1024 * 1024;

/** The machine as commands see it. */
export function adapters(around: Surroundings): Needs {
  const { env, apps } = around;
  const homeOf = ({ home }: Pick<Settings, "home">): string =>
    resolve(home ?? resolveHome({ HOME: homedir(), ...env }));
  const config = (home: string, set: readonly string[]) => loadConfigFile({ home, env, flags: set });
  const configOf = (settings: Settings) => config(homeOf(settings), settings.set);
  const runningOf = (settings: Settings): Running | undefined =>
    readRunning(layout(homeOf(settings)).supervisor);
  const runtimeOf = (settings: Settings): string | undefined => {
    const { trust } = layout(homeOf(settings));
    return existsSync(trust) ? parseTrustFile(readFileSync(trust)).runtimeId : undefined;
  };
  const licences = (settings: Settings) => readLicences(layout(homeOf(settings)).licences);
  const host = hostOf(around, config);
  const licenceNamed = (settings: Settings): Licence | undefined => {
    const folder = layout(homeOf(settings)).licences;
    if (settings.licence !== undefined) return namedLicence(folder, settings.licence);
    if (env.SIGIL_LICENCE) return parseLicence(env.SIGIL_LICENCE.trim(), "SIGIL_LICENCE");
    if (env.SIGIL_LICENCE_FILE) return namedLicence(folder, env.SIGIL_LICENCE_FILE);
    return undefined;
  };
  const licenceFor = (settings: Settings, action: string): Licence | undefined => {
    if (actionRow(action).least === "none") return undefined;
    const named = licenceNamed(settings);
    if (named !== undefined) return named;
    requireHome(homeOf(settings));
    return chooseLicence(licences(settings), action, new Date());
  };
  /** The same by the table in force, which a record may have changed. */
  const licenceAt = async (place: MetPlace, settings: Settings, action: string) => {
    const named = licenceNamed(settings);
    if (named !== undefined || actionRow(action).least === "none") return named;
    const held = licences(settings);
    const other = place.met.policy !== policyDigest() && place.met.runtimeId === runtimeOf(settings);
    return chooseLicence(held, action, new Date(), other ? await rowsAt(place, held) : undefined);
  };
  /** The rows in force; undefined where no licence here may read them: the door decides by them all the same. */
  const rowsAt = async (place: MetPlace, held: readonly Licence[]): Promise<ActionRows | undefined> => {
    const reader = closestLicence(held, "policy.read", new Date());
    if (reader === undefined) return undefined;
    try {
      return (await withDoorAt(place, reader, policyInForce)).rows;
    } catch (error) {
      if (error instanceof WireError && error.problem !== undefined) return undefined;
      throw error;
    }
  };
  const doorOf = (settings: Settings): DoorPlace => ({
    ...{ url: doorUrl(settings), signal: around.signal, version: versionOf(apps) },
  });
  const doorUrl = (settings: Settings): string => {
    if (env.SIGIL_URL) return env.SIGIL_URL;
    const loaded = configOf(settings);
    const said = [
      loaded.origins["sigilderg.port"],
      loaded.origins["sigilderg.url"],
      loaded.origins["sigilderg.host"],
    ];
    const named = said.some((origin) => origin === "flag" || origin.startsWith("environment"));
    const explicit = named && loaded.config.sigilderg.port !== 0;
    // The runtime that runs knows its port best, also when it was started with another one than the file says.
    return (
      (explicit ? undefined : runningOf(settings)?.services.sigilderg?.address) ??
      serviceUrl(loaded.config, "sigilderg")
    );
  };
  const addressesOf = (settings: Settings): Addresses => {
    const { config: settled, origins } = configOf(settings);
    const running = runningOf(settings);
    const rows = SERVICES.map(({ name, section }) => {
      const said = origins[`${section}.port`];
      const address = running?.services[name]?.address;
      const { host, port } = settled[section];
      const named = (said === "flag" || said.startsWith("environment")) && port !== 0;
      if (address === undefined || named) return [name, { host, port }];
      const { hostname, port: actual } = new URL(address);
      return [name, { host: hostname.replace(/^\[|\]$/g, ""), port: Number(actual) }];
    });
    return Object.fromEntries(rows) as Addresses;
  };
  const quorumMode = (settings: Settings) => {
    const { trust } = layout(homeOf(settings));
    return existsSync(trust) ? parseTrustFile(text(trust)).quorum.mode : "solo";
  };
  const modelsOf = async (settings: Settings): Promise<readonly LlmEndpoint[]> => {
    const asked = async () => {
      const licence = licenceFor(settings, "config.read");
      const { body } = await withDoorAt(doorOf(settings), licence, (door) =>
        door.call("sigilderg GET /v1/config"),
      );
      return body.values["llm.endpoints"];
    };
    // Where nobody says what records set, what stands in the way is told by whoever shows this beside it.
    const recorded = await asked().catch(() => undefined);
    if (Array.isArray(recorded)) return recorded;
    return quorumMode(settings) === "quorum" ? [] : configOf(settings).config.llm.endpoints;
  };
  const noteHere: Needs["noteHere"] = (settings, action) =>
    beginCommand(homeOf(settings), {
      ...{ action, now: new Date() },
      licence: licenceFor(settings, action)?.token ?? "",
    });
  const { ask, ...console } = around.console;
  const passphrase: Needs["passphrase"] = (what, fresh, file) =>
    passphraseOf({ env, readPrivate, ask }, what, fresh, file);
  return {
    ...console,
    passphrase,
    homeOf,
    requireHome,
    configOf,
    host,
    runningOf,
    runtimeOf,
    addressesOf,
    stateOf,
    licences,
    licenceFor,
    async admitHere(settings, action) {
      if (decidedAtDoor(action)) return;
      if (!needsLicenceHere(action)) return await decideHere(action, { now: new Date() });
      const licence = licenceFor(settings, action);
      requireHome(homeOf(settings));
      const trust = parseTrustFile(text(layout(homeOf(settings)).trust));
      const policy = await askRuntime(action, trust.runtimeId, (ask) =>
        withDoorAt(doorOf(settings), licence, ask),
      );
      await decideHere(action, { licence, trust, now: new Date(), policy });
    },
    licenceAbout(settings, action) {
      const named = licenceNamed(settings);
      if (named !== undefined) return { licence: named, settings };
      const licence = closestLicence(licences(settings), action, new Date());
      return licence && { licence, settings: { ...settings, licence: licence.name } };
    },
    quorumMode,
    modelsOf,
    async withDoor(settings, action, use) {
      const { clientKey: file } = settings;
      const key =
        file === undefined ? undefined : await clientKeyOf(file, text, () => passphrase(file, false));
      const place = doorOf(settings);
      if (actionRow(action).least === "none") return await withDoorAt(place, undefined, use, key);
      // What stands in the way here is said before anybody is asked.
      if (licenceNamed(settings) === undefined) requireHome(homeOf(settings));
      const met = { ...place, met: await meet(place) };
      return await withDoorAt(met, await licenceAt(met, settings, action), use, key);
    },
    issuer: (settings) => openIssuer(homeOf(settings)),
    issuerVault: (settings) => openIssuerVault(homeOf(settings)),
    shelf,
    packages,
    keys(settings) {
      requireHome(homeOf(settings));
      return listKeys(homeOf(settings));
    },
    aroundStore: (settings) => {
      requireHome(homeOf(settings));
      const store = aroundStore({ apps, env, set: settings.set }, homeOf(settings), around.console);
      return noted(store, (action) => noteHere(settings, action));
    },
    noteHere,
    verifyStore: (settings) =>
      storeVerifier({ apps, env, set: settings.set }, homeOf(settings), around.console),
    facts: (settings, leastFree) =>
      gatherFacts({
        ...{ settings, env, homeOf, config, runningOf, addressesOf, licences, leastFree },
        version: versionOf(apps),
        modelsOf,
        glance: ({ set }) => glanceStore({ apps, env, set }, homeOf(settings)),
      }),
    readText: (path) => text(path),
    readTextIfThere: (path) => (existsSync(path) ? text(path) : undefined),
    readSource,
    writeText: writeNew,
    writeParts,
    readLines,
    author: {
      create: (folder, name) =>
        create(join(apps, "cli/dist/template"), join(apps, "cli/dist/module-sdk"), folder, name),
      source,
      bundle,
      types,
      rehearsals: (settings) =>
        rehearsals({ apps, env, home: homeOf(settings), set: settings.set, signal: around.signal }),
      cases,
      built,
      write,
      watch,
    },
    workshop: { open: () => openBench(around.command, env) },
    example: relative(process.cwd(), join(apps, "../docs/examples/rust/orders.rs")),
    signal: around.signal,
    now: () => new Date(),
  };
}

function text(path: string): string {
  const bytes = readRegular(path, (size) => {
    if (size > MAX_TEXT)
      throw new CliError(
        "file-too-large",
        `${path} has ${size} bytes; the limit is ${MAX_TEXT}`,
        "Name a smaller file.",
      );
  });
  return bytes.toString("utf8");
}

function hostOf({ apps, env, atExit }: Surroundings, config: Host["config"]): Host {
  return {
    inspect,
    sweep,
    config,
    requireFree,
    freePorts,
    requireWritable,
    requireBuilt() {
      const missing = SERVICES.map(({ bundle }) => join(apps, bundle)).find((path) => !existsSync(path));
      if (missing !== undefined)
        throw new CliError(
          "not-built",
          `${missing} is missing`,
          "Run `npm start` once in the repository; it builds the services.",
        );
    },
    ceremony: (home, settled, set, secrets) => ({
      stage: () => stage(home, secrets),
      modules: async () => readModulePackages(settled.mmf.modules_dir || join(apps, "mmf/dist/modules")),
      genesis: genesisWriter({ apps, env, set }),
      now: () => new Date(),
      owner: owner(),
    }),
    lock: (home, self) => SupervisorLock.take(layout(home).supervisor, self),
    processes: (home, set) => processes({ apps, env, home, set, logs: layout(home).logs }),
    born,
    pid: process.pid,
    now: () => new Date(),
    atExit,
  };
}

/** The person whose machine this is, as the system knows them; the licences of the ceremony name them as owner. */
function owner(): { id: string; name: string } {
  try {
    const { username } = userInfo();
    return { id: username.slice(0, 128), name: username.slice(0, 256) };
  } catch {
    // A container may run a user that no password file names.
    return { id: "local", name: "local" };
  }
}

/** The version that this command was released under. */
export function versionOf(apps: string): string {
  const { version } = JSON.parse(readFileSync(join(apps, "cli/package.json"), "utf8")) as { version: string };
  return version;
}
