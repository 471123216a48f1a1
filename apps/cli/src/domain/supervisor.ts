import { CliError } from "./error.ts";
import { reasonRemedy, staysRed } from "./reason-remedy.ts";
import type { Address, Service, ServiceName } from "./services.ts";
import { SERVICES, url } from "./services.ts";

/** The last thing a dying service said: the JSON line on its standard error. */
export interface LastWord {
  readonly code: string;
  readonly message: string;
  readonly remedy: string | undefined;
}

export interface Ending {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A running service. */
export interface Child {
  readonly pid: number;
  /** Resolves when the process is gone and everything that it said has been read. */
  readonly ended: Promise<Ending>;
  readonly lastWord: () => LastWord | undefined;
  readonly log: string;
  /** `stop` asks it to drain and end; `kill` does not ask. */
  readonly signal: (how: "stop" | "kill") => void;
}

/** Starts processes and asks them whether they are ready; implemented outside the domain. */
export interface Processes {
  readonly start: (service: Service) => Child;
  /** Undefined when nothing answers; else the reasons why it is not ready, none when it is. */
  readonly reasons: (address: Address) => Promise<readonly string[] | undefined>;
}

export type Addresses = Readonly<Record<ServiceName, Address>>;

export const READY_MS = 30_000;
const POLL_MS = 40;
const DRAIN_MS = 8_000;

const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** True when `promise` settles within `ms`. */
async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const answer = await Promise.race([promise.then(() => true), late]);
  clearTimeout(timer);
  return answer;
}

/**
 * The three services as one thing: started together, ready together, stopped together. Nothing is ever restarted: a
 * service that ends by itself is a fact that the operator has to see.
 */
export class Supervisor {
  readonly #children = new Map<ServiceName, Child>();
  readonly #processes: Processes;
  readonly #addresses: Addresses;
  #stopping = false;
  /** Resolves with the error of the first service that ended without being asked to. */
  readonly died: Promise<CliError>;

  constructor(processes: Processes, addresses: Addresses) {
    this.#processes = processes;
    this.#addresses = addresses;
    for (const service of SERVICES) this.#children.set(service.name, processes.start(service));
    this.died = new Promise((resolve) => {
      for (const [name, child] of this.#children)
        void child.ended.then((ending) => {
          if (!this.#stopping) resolve(death(name, ending, child));
        });
    });
  }

  pids(): Record<ServiceName, number> {
    return Object.fromEntries([...this.#children].map(([name, child]) => [name, child.pid])) as Record<
      ServiceName,
      number
    >;
  }

  /**
   * Waits until every service says that it is ready; `report` is called with those that are not, whenever they change.
   * Throws `service-died`, `store-alarm` for a reason that no waiting ends or, after `limit` milliseconds, `service-not-ready`.
   */
  async ready(report: (waiting: readonly ServiceName[]) => void, limit = READY_MS): Promise<void> {
    let dead: CliError | undefined;
    void this.died.then((error) => {
      dead = error;
    });
    const waiting = new Map<ServiceName, readonly string[] | undefined>(
      SERVICES.map(({ name }) => [name, undefined]),
    );
    report([...waiting.keys()]);
    for (const deadline = Date.now() + limit; ; await wait(POLL_MS)) {
      for (const name of [...waiting.keys()]) {
        const reasons = await this.#processes.reasons(this.#addresses[name]);
        if (dead !== undefined) throw dead;
        if (this.#stopping) return;
        if (reasons?.length === 0) {
          waiting.delete(name);
          if (waiting.size > 0) report([...waiting.keys()]);
        } else waiting.set(name, reasons);
        if (reasons !== undefined && staysRed(reasons)) throw alarmed(name, reasons);
      }
      if (waiting.size === 0) return;
      if (Date.now() > deadline) throw notReady(waiting, limit, this.#children);
    }
  }

  /**
   * Stops the door first, then the sandbox, then the store, so that what is under way can still be recorded. Each has
   * its time to drain and is then killed. Answers the names of those that had to be killed.
   */
  async stop(drain = DRAIN_MS): Promise<ServiceName[]> {
    this.#stopping = true;
    const killed: ServiceName[] = [];
    for (const name of [...SERVICES].reverse().map((service) => service.name)) {
      const child = this.#children.get(name);
      if (child === undefined) continue;
      child.signal("stop");
      if (await within(child.ended, drain)) continue;
      child.signal("kill");
      killed.push(name);
      await child.ended;
    }
    return killed;
  }

  /** Ends everything at once, for a second Ctrl-C and for the last moment of this process. */
  kill(): void {
    this.#stopping = true;
    for (const child of this.#children.values()) child.signal("kill");
  }
}

function death(name: ServiceName, { code, signal }: Ending, child: Child): CliError {
  const how = signal === null ? `exit code ${code}` : `signal ${signal}`;
  const last = child.lastWord();
  if (last === undefined)
    return new CliError(
      "service-died",
      `${name} (pid ${child.pid}) ended with ${how} and left no error`,
      `Read ${child.log}, then start again; nothing that was acknowledged is lost.`,
    );
  return new CliError(
    "service-died",
    `${name} (pid ${child.pid}) ended with ${how}: ${last.code}: ${last.message}`,
    last.remedy ?? `Read ${child.log}, then start again.`,
  );
}

function alarmed(name: ServiceName, reasons: readonly string[]): CliError {
  return new CliError("store-alarm", `${name}: ${reasons.join("; ")}`, reasonRemedy(reasons) ?? "");
}

function notReady(
  waiting: ReadonlyMap<ServiceName, readonly string[] | undefined>,
  limit: number,
  children: ReadonlyMap<ServiceName, Child>,
): CliError {
  const why = [...waiting].map(
    ([name, reasons]) => `${name} (${reasons === undefined ? "does not answer" : reasons.join("; ")})`,
  );
  const logs = [...waiting.keys()].map((name) => children.get(name)?.log);
  return new CliError(
    "service-not-ready",
    `not ready after ${limit / 1000} s: ${why.join(", ")}`,
    reasonRemedy([...waiting.values()].flatMap((reasons) => reasons ?? [])) ?? `Read ${logs.join(", ")}.`,
  );
}

/** What other processes may know of a running supervisor: the file run/supervisor.json of the home. */
export interface Running {
  readonly v: 1;
  readonly pid: number;
  /** Tells this process from a later one with the same number, where the platform can say. */
  readonly born: string | null;
  readonly startedAt: string;
  readonly services: Readonly<
    Record<ServiceName, { readonly pid: number; readonly born: string | null; readonly address: string }>
  >;
}

export function running(
  self: Pick<Running, "pid" | "born" | "startedAt">,
  pids: Readonly<Record<ServiceName, number>>,
  born: (pid: number) => string | null,
  addresses: Addresses,
): Running {
  const services = Object.fromEntries(
    SERVICES.map(({ name }) => [
      name,
      { pid: pids[name], born: born(pids[name]), address: url(addresses[name]) },
    ]),
  ) as Running["services"];
  return { v: 1, ...self, services };
}
