// A whole Sigil on free ports and a home of its own: the built command, the three built services, real files.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { allCommands } from "../../apps/cli/src/commands/index.ts";
import { answerSchema } from "../../apps/cli/src/domain/answer/answer.ts";
import type { Needs } from "../../apps/cli/src/domain/needs.ts";
import { freePort } from "../../apps/sigilderg/test/ports.ts";

const root = join(import.meta.dirname, "../..");
export const SIGIL = join(root, "apps/cli/dist/sigil.js");

export type Service = "sigilderg" | "mmf" | "codex-nexus";
export type Ports = Record<Service, number>;

export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

const COMMANDS = allCommands({} as Needs, {} as Needs);

/** The command that words call. */
function commandOf(words: readonly string[]) {
  const found = [2, 1].flatMap((count) =>
    COMMANDS.filter(({ path }) => path === words.slice(0, count).join(" ")),
  );
  const [command] = found;
  if (command === undefined) throw new Error(`there is no command ${words.join(" ")}`);
  return command;
}

/** Environment of a child: nothing of Sigil's that this machine may have set reaches a test. */
function environment(home: string): NodeJS.ProcessEnv {
  const clean = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith("SIGIL_")),
  );
  return { ...clean, SIGIL_HOME: home, NO_COLOR: "1" };
}

/** Runs the built command to its end. The exit code is part of the answer, never an exception. */
export function sigil(
  home: string,
  args: readonly string[],
  options: { cwd?: string; input?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<Output> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [SIGIL, ...args],
      { env: { ...environment(home), ...options.env }, cwd: options.cwd ?? root, maxBuffer: 64 << 20 },
      (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 255) : 0, stdout, stderr }),
    );
    child.stdin?.end(options.input ?? "");
  });
}

/** Loopback ports that nobody listens on, none given twice. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) ports.push(await freePort());
  return ports;
}

export function temporaryHome(name: string): { parent: string; home: string; remove: () => void } {
  const parent = mkdtempSync(join(tmpdir(), `sigil-e2e-${name}-`));
  return {
    parent,
    home: join(parent, "home"),
    remove: () => rmSync(parent, { recursive: true, force: true }),
  };
}

export class Runtime {
  readonly home: string;
  readonly ports: Ports;
  readonly #settings: readonly string[];
  #supervisor: ChildProcess | undefined;
  #log = "";

  private constructor(home: string, ports: Ports, settings: readonly string[]) {
    this.home = home;
    this.ports = ports;
    this.#settings = settings;
  }

  /** Starts a runtime on `home` (bootstrapped on the first start) and waits until all three services are ready. */
  static async start(home: string, settings: readonly string[] = []): Promise<Runtime> {
    const [sigilderg = 0, mmf = 0, nexus = 0] = await freePorts(3);
    const runtime = new Runtime(home, { sigilderg, mmf, "codex-nexus": nexus }, settings);
    await runtime.start();
    return runtime;
  }

  get url(): string {
    return `http://127.0.0.1:${this.ports.sigilderg}`;
  }

  get flags(): string[] {
    const sets = [
      `sigilderg.port=${this.ports.sigilderg}`,
      `mmf.port=${this.ports.mmf}`,
      `codex_nexus.port=${this.ports["codex-nexus"]}`,
      ...this.#settings,
    ];
    return sets.flatMap((set) => ["--set", set]);
  }

  /** Everything that the supervisor printed so far. */
  get log(): string {
    return this.#log;
  }

  async start(): Promise<void> {
    this.#log = "";
    const child = spawn(process.execPath, [SIGIL, "start", ...this.flags], {
      env: environment(this.home),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.#supervisor = child;
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (this.#log += chunk));
    const deadline = Date.now() + 60_000;
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`sigil start ended with ${child.exitCode}:\n${this.#log}`);
      if (await this.#ready()) return;
      if (Date.now() > deadline) {
        await this.stop();
        throw new Error(`sigil start was not ready in 60 s:\n${this.#log}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  async #ready(): Promise<boolean> {
    const answers = await Promise.all(
      Object.values(this.ports).map((port) =>
        fetch(`http://127.0.0.1:${port}/readyz`).then(
          (response) => response.ok,
          () => false,
        ),
      ),
    );
    return answers.every(Boolean);
  }

  /** Stops as Ctrl-C does, and answers the exit code of the supervisor. */
  async stop(): Promise<number | null> {
    const child = this.#supervisor;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = this.ended();
    child.kill("SIGINT");
    return ended;
  }

  /** Resolves with the exit code once the supervisor has ended by itself or otherwise. */
  ended(): Promise<number | null> {
    const child = this.#supervisor;
    if (!child || child.exitCode !== null || child.signalCode !== null)
      return Promise.resolve(child?.exitCode ?? null);
    return new Promise((resolve) => child.once("exit", (code) => resolve(code)));
  }

  /** Process id of one service, as the supervisor recorded it. */
  pid(service: Service): number {
    const file = JSON.parse(readFileSync(join(this.home, "run/supervisor.json"), "utf8")) as {
      services: Record<Service, { pid: number }>;
    };
    return file.services[service].pid;
  }

  supervisorPid(): number {
    const pid = this.#supervisor?.pid;
    if (pid === undefined) throw new Error("the supervisor is not running");
    return pid;
  }

  /** Runs a command of the CLI against this runtime. */
  cli(...args: string[]): Promise<Output> {
    return sigil(this.home, [...args, ...this.flags]);
  }

  /**
   * Runs a command with --json and answers its parsed output, which is what the reference says that the command prints;
   * throws with everything printed when it fails.
   */
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
  async json(...args: string[]): Promise<any> {
    const { code, stdout, stderr } = await this.cli(...args, "--json");
    if (code !== 0) throw new Error(`sigil ${args.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
    const answer = JSON.parse(stdout);
    const said = answerSchema(commandOf(args).answer).safeParse(answer);
    if (!said.success) throw new Error(`sigil ${args.join(" ")} printed ${stdout}\n${said.error.message}`);
    return answer;
  }

  licence(name: "operator" | "root"): string {
    return readFileSync(join(this.home, `licences/${name}.jwt`), "utf8").trim();
  }

  /** A request through the door with a licence. */
  async door(
    method: string,
    path: string,
    options: { licence?: string | null; body?: unknown; headers?: Record<string, string> } = {},
  ) {
    const licence = options.licence === undefined ? this.licence("operator") : options.licence;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: {
        ...(licence === null ? {} : { authorization: `Bearer ${licence}` }),
        ...(options.body === undefined ? {} : { "content-type": "application/json" }),
        ...options.headers,
      },
      ...(options.body === undefined
        ? {}
        : { body: typeof options.body === "string" ? options.body : JSON.stringify(options.body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      text,
      body: text.startsWith("{") ? JSON.parse(text) : undefined,
    };
  }
}
