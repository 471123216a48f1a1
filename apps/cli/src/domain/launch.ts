import type { Config, LoadedConfig } from "@sigil/service";
import { bootstrap, type Ceremony, type Founded } from "./bootstrap.ts";
import { type Address, SERVICES, type Section, type ServiceName } from "./services.ts";
import { type Addresses, type Processes, type Running, running, Supervisor } from "./supervisor.ts";

export interface Lock {
  readonly publish: (running: Running) => void;
  readonly release: () => void;
}

/** What a start needs of the machine that it happens on. */
export interface Host {
  /** `fresh` when a runtime may be made at `home`; throws for anything that is neither fresh nor a runtime. */
  readonly inspect: (home: string) => "fresh" | "sigil";
  /** Removes what a killed bootstrap left beside `home`; answers the folders. */
  readonly sweep: (home: string) => readonly string[];
  /** `secrets`: an absolute path for the machine secrets, where they shall lie outside of the home. */
  readonly ceremony: (home: string, config: Config, set: readonly string[], secrets?: string) => Ceremony;
  readonly requireBuilt: () => void;
  readonly requireWritable: (home: string) => void;
  readonly config: (home: string, set: readonly string[]) => LoadedConfig;
  readonly requireFree: (addresses: Readonly<Record<Section, Address>>) => Promise<void>;
  readonly freePorts: (count: number) => Promise<readonly number[]>;
  readonly lock: (home: string, self: Pick<Running, "pid" | "born" | "startedAt">) => Lock;
  readonly processes: (home: string, set: readonly string[]) => Processes;
  readonly born: (pid: number) => string | null;
  readonly pid: number;
  readonly now: () => Date;
  /** Calls `last` in the last moment of this process, however it ends short of SIGKILL. */
  readonly atExit: (last: () => void) => void;
}

/** What a start says while it happens. */
export type LaunchEvent =
  | { readonly step: "swept"; readonly folders: readonly string[] }
  | { readonly step: "founding"; readonly home: string }
  | { readonly step: "founded"; readonly founded: Founded }
  | { readonly step: "waiting"; readonly services: readonly ServiceName[] };

/** A runtime that is up. */
export interface Launched {
  readonly home: string;
  readonly founded: Founded | undefined;
  readonly addresses: Addresses;
  readonly supervisor: Supervisor;
  readonly milliseconds: number;
  /** Stops all services and gives the home free; answers the services that had to be killed. */
  readonly stop: () => Promise<ServiceName[]>;
}

/**
 * Makes the runtime if there is none, starts the three services and waits until they are ready. Whatever fails on the
 * way, and `signal` when it is raised, stops what was started.
 */
export async function launch(
  host: Host,
  options: { readonly home: string; readonly set: readonly string[]; readonly signal: AbortSignal },
  report: (event: LaunchEvent) => void,
): Promise<Launched> {
  const { home, signal } = options;
  host.requireBuilt();
  const swept = host.sweep(home);
  if (swept.length > 0) report({ step: "swept", folders: swept });
  const state = host.inspect(home);
  const self = { pid: host.pid, born: host.born(host.pid), startedAt: host.now().toISOString() };
  let lock: Lock | undefined;
  if (state === "sigil") {
    host.requireWritable(home);
    lock = host.lock(home, self);
  }
  try {
    const { config } = host.config(home, options.set);
    const { addresses, set } = await settle(host, config, options.set);
    let founded: Founded | undefined;
    if (state === "fresh") {
      report({ step: "founding", home });
      founded = await bootstrap(host.ceremony(home, config, set));
      report({ step: "founded", founded });
      lock = host.lock(home, self);
    }
    signal.throwIfAborted();
    const started = performance.now();
    const supervisor = new Supervisor(host.processes(home, set), addresses);
    host.atExit(() => supervisor.kill());
    const stop = async () => {
      const killed = await supervisor.stop();
      lock?.release();
      return killed;
    };
    try {
      lock?.publish(running(self, supervisor.pids(), host.born, addresses));
      await unless(
        signal,
        supervisor.ready((services) => report({ step: "waiting", services })),
      );
      return {
        home,
        founded,
        addresses,
        supervisor,
        stop,
        milliseconds: Math.round(performance.now() - started),
      };
    } catch (error) {
      await stop();
      throw error;
    }
  } catch (error) {
    lock?.release();
    throw error;
  }
}

/** Port 0 becomes a free port that all three are told; every other port has to be free. */
async function settle(
  host: Host,
  config: Config,
  set: readonly string[],
): Promise<{ addresses: Addresses; set: readonly string[] }> {
  const open = SERVICES.filter(({ section }) => config[section].port === 0);
  const ports = await host.freePorts(open.length);
  const drawn = new Map(open.map(({ section }, i) => [section, ports[i] ?? 0]));
  const bySection = Object.fromEntries(
    SERVICES.map(({ section }) => [
      section,
      { host: config[section].host, port: drawn.get(section) ?? config[section].port },
    ]),
  ) as Record<Section, Address>;
  await host.requireFree(bySection);
  return {
    addresses: Object.fromEntries(
      SERVICES.map(({ name, section }) => [name, bySection[section]]),
    ) as unknown as Addresses,
    set: [...set, ...[...drawn].map(([section, port]) => `${section}.port=${port}`)],
  };
}

/** `promise`, unless the signal is raised first. */
export function unless<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const raised = () => reject(signal.reason as Error);
    if (signal.aborted) return raised();
    signal.addEventListener("abort", raised, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", raised));
  });
}
