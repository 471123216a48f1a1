import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { HarnessReport } from "../report.ts";
import { freshHome } from "../subject/fresh.ts";
import { Life } from "../subject/life.ts";
import type { Defect } from "../subject/plan.ts";
import { recording } from "../subject/strace.ts";

const REQUESTS = 60;

/**
 * What kill -9 cannot show, because the kernel keeps what a dead process wrote: nothing is acknowledged before the disk
 * has it. Follows every write and sync of a life; an acknowledgement while the log file holds writes that were not
 * synced would be lost with the power.
 */
export async function syncedBeforeAcknowledged(
  program: string,
  options: { defect?: Defect } = {},
): Promise<HarnessReport> {
  const home = await freshHome();
  const trace = join(home.folder, "trace");
  const plan = {
    home: home.folder,
    life: "recorded",
    writers: 4,
    requests: REQUESTS,
    defect: options.defect ?? null,
  };
  const told = await new Life(program, plan, recording(trace)).ended;
  const counts = { acknowledged: 0, writes: 0, syncs: 0 };
  const problems: string[] = [];
  const unsynced = new Set<string>();
  /** Files whose sync a thread has begun; strace splits a call in two where another thread comes between. */
  const begun = new Map<string, string>();
  for (const line of readFileSync(trace, "utf8").split("\n")) {
    const thread = line.slice(0, line.indexOf(" "));
    if (/ f(data)?sync resumed>.* = 0$/.test(line)) unsynced.delete(begun.get(thread) ?? "");
    const [, call = "", file = ""] = /^\d+ +(\w+)\(\d+<([^>]*)>/.exec(line) ?? [];
    if (call === "pwrite64" && /\/nexus\.db(-wal)?$/.test(file)) {
      counts.writes += 1;
      unsynced.add(file);
    } else if (call === "fsync" || call === "fdatasync") {
      counts.syncs += 1;
      begun.set(thread, file);
      if (/ = 0$/.test(line)) unsynced.delete(file);
    } else if (call === "write" && line.includes("acknowledged")) {
      counts.acknowledged += 1;
      if (unsynced.size > 0) problems.push(`acknowledged before ${[...unsynced].join(", ")} was synced`);
    }
  }
  if (counts.acknowledged !== told.acknowledged.length || counts.writes === 0) {
    problems.push(`the trace shows ${counts.acknowledged} of ${told.acknowledged.length} acknowledgements`);
  }
  home.remove();
  return { harness: "crash, order of sync and acknowledgement", rounds: 1, counts, problems };
}
