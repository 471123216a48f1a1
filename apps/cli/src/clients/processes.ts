import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, renameSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { request } from "undici";
import { type Address, type Service, url } from "../domain/services.ts";
import type { Child, Ending, LastWord, Processes } from "../domain/supervisor.ts";

const KEEP_LOG = 16 * 1024 * 1024;
const KEEP_WORDS = 64 * 1024;

export interface Launch {
  /** The folder that holds the apps. */
  readonly apps: string;
  readonly home: string;
  readonly logs: string;
  /** `section.key=value` for each setting that was given as a flag. */
  readonly set: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

/** Real processes: the built bundle of each service under the Node that runs this command. */
export function processes(launch: Launch): Processes {
  return {
    start: (service) => start(service, launch),
    reasons,
  };
}

function start(service: Service, { apps, home, logs, set, env }: Launch): Child {
  const log = join(logs, `${service.name}.log`);
  roll(log);
  const file = openSync(log, "a", 0o600);
  const child = spawn(
    process.execPath,
    [
      ...service.node,
      join(apps, service.bundle),
      "serve",
      "--with-parent",
      "--home",
      home,
      ...set.flatMap((pair) => ["--set", pair]),
    ],
    {
      // The log goes straight to its file: a supervisor that is slow or gone holds no service up.
      // Standard input is a pipe that nobody writes to: its end tells the service that the supervisor is gone.
      stdio: ["pipe", file, "pipe"],
      env,
      // A process group of its own: Ctrl-C reaches the supervisor alone, which stops the services in order.
      detached: process.platform !== "win32",
      windowsHide: true,
    },
  );
  let words = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    try {
      writeSync(file, chunk);
    } catch {
      // A disk that is full: what was said is kept here, for who is told why the service ended.
    }
    words = (words + chunk).slice(-KEEP_WORDS);
  });
  const ended = new Promise<Ending>((resolve) => {
    const end = (ending: Ending) => {
      closeSync(file);
      resolve(ending);
    };
    child.once("error", (error) => {
      words += `${JSON.stringify({ level: 60, code: "service-not-started", msg: error.message })}\n`;
      if (child.pid === undefined) end({ code: null, signal: null });
    });
    child.once("close", (code, signal) => {
      if (child.pid !== undefined) end({ code, signal });
    });
  });
  return {
    pid: child.pid ?? 0,
    ended,
    log,
    lastWord: () => lastWord(words),
    signal: (how) => signal(child, how),
  };
}

function signal(child: ChildProcess, how: "stop" | "kill"): void {
  if (child.exitCode === null && child.signalCode === null)
    child.kill(how === "stop" ? "SIGTERM" : "SIGKILL");
}

/** The last JSON line with a code; else the last line that is not empty, as it is. */
export function lastWord(words: string): LastWord | undefined {
  const lines = words.split("\n").filter((line) => line.trim() !== "");
  for (const line of lines.toReversed()) {
    try {
      const { code, msg, remedy } = JSON.parse(line) as Record<string, unknown>;
      if (typeof code === "string")
        return { code, message: String(msg ?? ""), remedy: typeof remedy === "string" ? remedy : undefined };
    } catch {
      // Not a line of ours: Node itself prints plain text when it crashes.
    }
  }
  const crash = lines.find((line) => /^\w*Error\b/.test(line)) ?? lines.at(-1);
  return crash === undefined ? undefined : { code: "crashed", message: crash.trim(), remedy: undefined };
}

/** Keeps one older log: a log never grows without end as long as the runtime is restarted at times. */
function roll(log: string): void {
  try {
    if (statSync(log).size > KEEP_LOG) renameSync(log, `${log}.1`);
  } catch {
    // No log yet.
  }
}

async function reasons(address: Address): Promise<readonly string[] | undefined> {
  try {
    const { statusCode, body } = await request(`${url(address)}/readyz`, {
      headersTimeout: 2000,
      bodyTimeout: 2000,
      reset: true,
    });
    const text = await body.text();
    if (statusCode === 200) return [];
    const parsed = JSON.parse(text) as { reasons?: { code: string; detail: string }[] };
    return (parsed.reasons ?? [])
      .map(({ code, detail }) => `${code}: ${detail}`)
      .concat(`answers ${statusCode}`);
  } catch {
    return undefined;
  }
}
