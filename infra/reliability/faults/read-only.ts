import { spawnSync } from "node:child_process";
import { afterwards } from "../oracle.ts";
import type { HarnessReport } from "../report.ts";
import { freshHome } from "../subject/fresh.ts";
import { Life } from "../subject/life.ts";

/** Undefined when this user may make a file system read-only for one process; else the reason why not. */
export function readOnlyMissing(): string | undefined {
  const { error, status, stderr } = spawnSync("unshare", ["-rm", "true"]);
  if (error !== undefined) return `unshare does not run here: ${error.message}`;
  return status === 0 ? undefined : `unshare cannot make a mount namespace here: ${stderr.toString().trim()}`;
}

/** A store on a file system that takes no write is refused by name, and is untouched. */
export async function readOnlyFileSystem(program: string): Promise<HarnessReport> {
  const home = await freshHome();
  const problems: string[] = [];
  const plan = { home: home.folder, writers: 1, requests: 4, defect: null };
  const before = await new Life(program, { ...plan, life: "before" }).ended;
  const mount = `mount --bind ${home.folder} ${home.folder} && mount -o remount,bind,ro ${home.folder} && exec "$@"`;
  const around = ["unshare", "-rm", "sh", "-c", mount, "sh"];
  const told = await new Life(program, { ...plan, life: "read-only" }, around).ended;
  if (told.notOpened?.code !== "store-unreadable") {
    problems.push(`a read-only file system is not named: ${JSON.stringify(told.notOpened)} ${told.stderr}`);
  }
  if (told.acknowledged.length > 0) problems.push("something was acknowledged on a read-only file system");
  problems.push(...(await afterwards(home, before.acknowledged)));
  home.remove();
  return {
    harness: "faults, read-only file system",
    rounds: 1,
    counts: { acknowledged: before.acknowledged.length },
    problems,
  };
}
