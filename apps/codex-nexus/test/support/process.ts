// The real program as it ships, bundled, in a process of its own on a free port.
import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { ServiceClient } from "@sigil/wire";
import { build } from "esbuild";
import { afterAll, beforeAll } from "vitest";
import type { TestHome } from "./home.ts";

const APP = join(import.meta.dirname, "../..");
// Below the app's node_modules, so that the bundle finds its one external package and git sees nothing.
const OUT = join(APP, `node_modules/.cache/process-test-${process.pid}`);
const MAIN = join(OUT, "codex-nexus.js");
/** The bundled program of a thread of `verify`. */
export const VERIFY_THREAD = join(OUT, "verify-worker.js");

/** Bundles the program for the tests of a file, with the options of infra/build.mjs that change what runs. */
export function bundledProgram(): void {
  beforeAll(async () => {
    await build({
      absWorkingDir: APP,
      entryPoints: {
        "codex-nexus": "src/main.ts",
        "commit-thread": "src/store/commit-thread.ts",
        "seal-thread": "src/store/seal-thread.ts",
        "verify-worker": "src/verify-worker.ts",
      },
      outdir: OUT,
      bundle: true,
      platform: "node",
      target: "node22",
      format: "esm",
      external: ["better-sqlite3"],
      banner: {
        js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
      },
      logLevel: "warning",
    });
  });
  afterAll(() => rmSync(OUT, { recursive: true, force: true }));
}

export interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function start(home: TestHome, args: readonly string[], more: Record<string, string> = {}): ChildProcess {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith("SIGIL_"));
  const env = { ...Object.fromEntries(clean), ...more };
  const all = [MAIN, ...args, "--home", home.folder, "--set", "codex_nexus.port=0"];
  return spawn(process.execPath, all, { env, stdio: ["pipe", "pipe", "pipe"] });
}

/** Runs a command to its end. */
export async function command(home: TestHome, args: readonly string[], input = ""): Promise<Output> {
  const child = start(home, args);
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk) => (stdout += chunk));
  child.stderr?.on("data", (chunk) => (stderr += chunk));
  child.stdin?.end(input);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, stdout, stderr };
}

/** A running service. */
export class Served {
  readonly child: ChildProcess;
  readonly address: string;
  readonly client: ServiceClient;
  readonly ended: Promise<number | null>;

  private constructor(
    child: ChildProcess,
    address: string,
    client: ServiceClient,
    ended: Promise<number | null>,
  ) {
    this.child = child;
    this.address = address;
    this.client = client;
    this.ended = ended;
  }

  /**
   * Starts `serve`, with more in its environment, and waits for its ready line; rejects with what it printed when it ends
   * before.
   */
  static async start(home: TestHome, more: Record<string, string> = {}): Promise<Served> {
    const child = start(home, ["serve"], more);
    child.stdin?.end();
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    let printed = "";
    const address = await new Promise<string>((resolve, reject) => {
      const read = (chunk: Buffer) => {
        printed += chunk.toString();
        const found = /"address":"([^"]+)".*"msg":"ready"/.exec(printed);
        if (found?.[1] !== undefined) resolve(found[1]);
      };
      child.stdout?.on("data", read);
      child.stderr?.on("data", read);
      ended.then((code) => reject(new Error(`serve ended with ${code}: ${printed}`)));
    });
    const client = new ServiceClient({
      baseUrl: address,
      service: "codex-nexus",
      key: home.keys.sigilderg.service,
      iss: "sigilderg",
      channel: home.keys.sigilderg.channel,
      peerChannel: home.keys.channel.publicRaw,
      connections: 16,
    });
    return new Served(child, address, client, ended);
  }

  /** Sends a signal and returns the exit code, null when the signal ended it. */
  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.child.kill(signal);
    const code = await this.ended;
    await this.client.close();
    return code;
  }
}
