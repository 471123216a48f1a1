import type { TestHome } from "../../../apps/codex-nexus/test/support/home.ts";
import { afterwards } from "../oracle.ts";
import type { HarnessReport, Progress } from "../report.ts";
import { freshHome } from "../subject/fresh.ts";
import { type Acknowledged, Life } from "../subject/life.ts";
import type { Defect } from "../subject/plan.ts";
import { injecting, WRITE_PATH, type WriteCall } from "../subject/strace.ts";

const REQUESTS = 6;
/** Lives of one store. */
const LIVES = 12;

/**
 * Kills a writing process at each system call by which it changes its files, from opening to closing: before the first
 * write to the log, between any two, before a sync, after it, around the rename of the anchor. With `stride` n only at
 * every n-th. A kill before a call leaves exactly what the calls before it did.
 */
export async function killsAtEachCall(
  program: string,
  options: { stride?: number; calls?: readonly WriteCall[]; defect?: Defect; progress?: Progress } = {},
): Promise<HarnessReport> {
  const { stride = 1, calls = WRITE_PATH, defect = null, progress } = options;
  const problems: string[] = [];
  const counts: Record<string, number> = { acknowledged: 0 };
  let rounds = 0;
  let home: TestHome | undefined;
  let acknowledged: Acknowledged[] = [];
  for (const call of calls) {
    counts[call] = 0;
    for (let nth = 1; ; nth += stride) {
      if (home === undefined || rounds % LIVES === 0) {
        home?.remove();
        home = await freshHome();
        acknowledged = [];
      }
      const life = `${call} ${nth}`;
      const plan = { home: home.folder, life, writers: 1, requests: REQUESTS, defect };
      const told = await new Life(program, plan, injecting(home.folder, call, "signal=KILL", nth)).ended;
      rounds += 1;
      acknowledged.push(...told.acknowledged);
      counts.acknowledged = (counts.acknowledged ?? 0) + told.acknowledged.length;
      const found = await afterwards(home, acknowledged);
      problems.push(...found.map((problem) => `killed at ${call} number ${nth}: ${problem}`));
      if (found.length > 0) home = void home.remove();
      // It lived to the end: there is no such call.
      if (told.closed) break;
      if (told.signal !== "SIGKILL" && told.code !== 137) {
        problems.push(
          `killed at ${call} number ${nth}: it ended by itself with ${told.code}: ${told.stderr}`,
        );
        break;
      }
      counts[call] += 1;
    }
    progress?.(`${counts[call]} kills at ${call}`);
  }
  home?.remove();
  return { harness: "crash, at each system call", rounds, counts, problems };
}
