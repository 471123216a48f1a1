import { execFileSync } from "node:child_process";

/** Why `prlimit` can put no limit on a process here; undefined when it can. */
export function unlimitable(): string | undefined {
  if (process.platform !== "linux") return "only Linux has prlimit";
  try {
    execFileSync("prlimit", ["--version"], { stdio: "pipe" });
    return undefined;
  } catch {
    return "prlimit is not installed";
  }
}
