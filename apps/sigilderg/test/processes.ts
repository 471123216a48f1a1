import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";

const APPS = join(import.meta.dirname, "../..");

/**
 * The program of a service: what `npm test` has just built where it says so, and the source otherwise. To read a thousand
 * files of source takes a start longer than everything else in it.
 */
const programOf = (app: string): string =>
  join(APPS, app, process.env.SIGIL_TEST_BUILT === undefined ? "src/main.ts" : `dist/${app}.js`);

/** A service as a process of its own. */
export interface RunningService {
  readonly child: ChildProcess;
  readonly output: () => string;
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** Runs a command of a service to its end and returns what it printed. Rejects when it exits with anything but 0. */
export async function runService(app: string, args: readonly string[], input = ""): Promise<string> {
  const { child, output } = start(app, args);
  child.stdin?.end(input);
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`${app} ${args[0]} exited with ${code}: ${output()}`);
  return output();
}

/** What is started instead of the source, and what its environment has beside this one's. */
export interface How {
  readonly entry?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Starts a service and resolves when it says that it is ready. */
export async function serveApp(app: string, args: readonly string[], how: How = {}): Promise<RunningService> {
  const { child, output } = start(app, ["serve", ...args], how);
  const deadline = Date.now() + 50_000;
  while (!output().includes('"msg":"ready"')) {
    if (child.exitCode !== null || Date.now() > deadline) {
      child.kill("SIGKILL");
      throw new Error(`${app} did not get ready: ${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return {
    child,
    output,
    async stop(signal = "SIGTERM") {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await once(child, "close");
    },
  };
}

function start(
  app: string,
  args: readonly string[],
  how: How = {},
): { child: ChildProcess; output: () => string } {
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith("SIGIL_"));
  const env = { ...Object.fromEntries(clean), ...how.env };
  const child = spawn(process.execPath, [how.entry ?? programOf(app), ...args], { env });
  let text = "";
  child.stdout?.on("data", (chunk) => {
    text += chunk;
  });
  child.stderr?.on("data", (chunk) => {
    text += chunk;
  });
  return { child, output: () => text };
}
