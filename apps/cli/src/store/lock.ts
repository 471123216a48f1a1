import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { CliError } from "../domain/error.ts";
import type { Running } from "../domain/supervisor.ts";

/** State and start time of a process as Linux tells them; undefined where there is no such file. */
function stat(pid: number): { readonly state: string; readonly born: string } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The second field is a name in parentheses that may hold anything; fields 3 and 22 are ours.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { state: fields[0] ?? "", born: fields[19] ?? "" };
  } catch {
    return undefined;
  }
}

/**
 * When the process began, as the kernel counts it: a pid alone may by now belong to somebody else. Null where the
 * platform does not say; then a live pid is taken for the same process.
 */
export function born(pid: number): string | null {
  return stat(pid)?.born ?? null;
}

/** True when the process that was recorded is still there. One that has ended and waits for its parent is not. */
export function alive(pid: number, since: string | null): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  const now = stat(pid);
  if (now === undefined) return true;
  return now.state !== "Z" && (since === null || now.born === since);
}

/** The supervisor that the home records, if that process still lives. */
export function readRunning(path: string): Running | undefined {
  const found = read(path);
  return found !== undefined && alive(found.pid, found.born) ? found : undefined;
}

/** A lock whose supervisor is gone, and which of its services are not; undefined when there is none. */
export function readStale(
  path: string,
): { readonly pid: number; readonly alive: readonly { name: string; pid: number }[] } | undefined {
  const found = read(path);
  if (found === undefined || alive(found.pid, found.born)) return undefined;
  return { pid: found.pid, alive: living(found) };
}

function living({ services }: Running): { name: string; pid: number }[] {
  return Object.entries(services ?? {})
    .filter(([, { pid, born: since }]) => alive(pid, since))
    .map(([name, { pid }]) => ({ name, pid }));
}

function read(path: string): Running | undefined {
  try {
    const value = JSON.parse(readFileSync(path, "utf8")) as Running;
    return typeof value?.pid === "number" ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The one supervisor of a home: whoever creates the file owns it until it is released. */
export class SupervisorLock {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** Throws `already-running` with its pid, or `services-left-behind` when a supervisor was killed and they live on. */
  static take(path: string, self: Pick<Running, "pid" | "born" | "startedAt">): SupervisorLock {
    const text = `${JSON.stringify({ v: 1, ...self, services: {} })}\n`;
    for (let attempt = 0; ; attempt += 1) {
      try {
        writeFileSync(path, text, { flag: "wx", mode: 0o600 });
        return new SupervisorLock(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST" || attempt > 3) throw error;
      }
      refuseIfAlive(path);
      // Moved, not deleted: of two starters that both found it stale only one can move it.
      const stale = `${path}.stale-${self.pid}`;
      try {
        renameSync(path, stale);
        const moved = read(stale);
        if (moved !== undefined && alive(moved.pid, moved.born)) {
          renameSync(stale, path);
          refuseIfAlive(path);
        }
        rmSync(stale, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      }
    }
  }

  /** Records the services, so that others can find them. Replaces the file in one step. */
  publish(running: Running): void {
    const next = `${this.#path}.next`;
    writeFileSync(next, `${JSON.stringify(running, null, 2)}\n`, { mode: 0o600 });
    renameSync(next, this.#path);
  }

  release(): void {
    rmSync(this.#path, { force: true });
  }
}

function refuseIfAlive(path: string): void {
  const found = read(path);
  if (found === undefined) return;
  if (alive(found.pid, found.born))
    throw new CliError(
      "already-running",
      `process ${found.pid} has been running Sigil on this home since ${found.startedAt}`,
      `Use the one that runs (\`sigil status\`), or stop it first: kill ${found.pid}`,
    );
  const left = living(found);
  if (left.length > 0)
    throw new CliError(
      "services-left-behind",
      `the supervisor ${found.pid} was killed and left ${left.map(({ name, pid }) => `${name} (pid ${pid})`).join(", ")} running`,
      `Stop them, then start again: kill ${left.map(({ pid }) => pid).join(" ")}`,
    );
}
