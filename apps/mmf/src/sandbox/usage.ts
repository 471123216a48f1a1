import { readFileSync } from "node:fs";

/** Clock ticks per second in /proc: fixed at 100 for user space on every Linux platform that Node supports. */
const TICKS = 100;

interface ProcessUsage {
  cpuMs: number;
  residentBytes: number;
}

/**
 * CPU time and resident memory of a process and its children as the kernel counts them, whatever the process says of
 * itself; undefined where there is no /proc (there wall time alone ends a native that cannot be interrupted).
 */
export function processUsage(pid: number): ProcessUsage | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field is a name in parentheses that may hold spaces: count from the last parenthesis.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const resident = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "latin1"));
    const usage = {
      cpuMs: ((Number(fields[11]) + Number(fields[12])) * 1000) / TICKS,
      residentBytes: Number(resident?.[1] ?? 0) * 1024,
    };
    for (const child of children(pid)) {
      const of = processUsage(child);
      usage.cpuMs += of?.cpuMs ?? 0;
      usage.residentBytes += of?.residentBytes ?? 0;
    }
    return usage;
  } catch {
    return undefined;
  }
}

/** Under bubblewrap the runner is a child of the process that was started. */
function children(pid: number): number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, "latin1").trim();
    return list === "" ? [] : list.split(" ").map(Number);
  } catch {
    return [];
  }
}
