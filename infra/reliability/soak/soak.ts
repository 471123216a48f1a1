import { readdirSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { runLimits } from "../../../apps/mmf/src/domain/limits.ts";
import { RunnerPool } from "../../../apps/mmf/src/sandbox/pool.ts";
import { processUsage } from "../../../apps/mmf/src/sandbox/usage.ts";
import type { Attack } from "../../../apps/mmf/test/sandbox/attacks/attack.ts";
import { attempt } from "../../../apps/mmf/test/sandbox/attacks/attempt.ts";
import { ATTACKS } from "../../../apps/mmf/test/sandbox/attacks/index.ts";
import { answer, moduleRun } from "../../../apps/mmf/test/sandbox/guest.ts";
import { growth, mib } from "../memory.ts";
import type { HarnessReport, Progress } from "../report.ts";

const RUNNERS = 2;
const IN_FLIGHT = 4;
const SAMPLE_MS = 250;
/** The host does nothing that takes long. Processor time, because a machine that others use may keep it waiting. */
const STANDSTILL_MS = 1_000;

/** What a test of the harness plants. */
export interface Planted {
  readonly attacks?: readonly Attack[];
  /** Bytes that host and runners hold. */
  readonly memory?: () => number;
  /** Called before each run. */
  readonly before?: () => void;
  readonly sampleMs?: number;
}

/** All but the one that kills every runner of the pool, its neighbours' too. */
const HOSTILE = ATTACKS.filter(({ ends }) => ends !== "runner-crashed");

const honest = moduleRun(
  `let runs = 0;
  export default { async run(input, ctx) { const { a } = await ctx.memory.list(); return [++runs, input.n, a, Math.random() < 1, Date.now()] } };`,
  { limits: runLimits({ cpuMs: 10_000, wallMs: 60_000 }), call: answer({ a: 1 }) },
);

/** Hostile modules among honest ones: `rounds` runs, every third of them an attack, and what is left of the host. */
export async function soak(
  rounds: number,
  { progress, planted = {} }: { progress?: Progress; planted?: Planted } = {},
): Promise<HarnessReport> {
  const { attacks = HOSTILE } = planted;
  const problems: string[] = [];
  const counts = {
    ...{ honest: 0, hostile: 0, runnersEnded: 0, mostRunners: 0, perSecond: 0 },
    ...{ memoryEarlyMiB: 0, memoryLateMiB: 0, loopP99Ms: 0, longestTurnMs: 0 },
  };
  const problem = (sentence: string) => {
    if (problems.length < 20) problems.push(sentence);
  };
  const before = handles();
  const pool = new RunnerPool({ runners: RUNNERS, isolation: "process" });
  await pool.ready();
  const seen = new Set<number>();
  const memory: number[] = [];
  const sample = () => {
    const { pids } = pool;
    for (const pid of pids) seen.add(pid);
    counts.mostRunners = Math.max(counts.mostRunners, pids.length);
    const ofRunners = pids.map((pid) => processUsage(pid)?.residentBytes ?? 0);
    memory.push(
      planted.memory?.() ?? ofRunners.reduce((sum, bytes) => sum + bytes, process.memoryUsage().rss),
    );
  };
  const sampler = setInterval(sample, planted.sampleMs ?? SAMPLE_MS);
  const loop = monitorEventLoopDelay({ resolution: 10 });
  loop.enable();
  let turn = ownTime();
  const turns = setInterval(() => {
    const now = ownTime();
    counts.longestTurnMs = Math.max(counts.longestTurnMs, Math.round(now - turn));
    turn = now;
  }, 10);
  const started = performance.now();

  let next = 0;
  const work = async () => {
    for (let n = next++; n < rounds; n = next++) {
      planted.before?.();
      const attack = n % 3 === 0 ? attacks[(n / 3) % attacks.length] : undefined;
      const said = attack === undefined ? await honestly(pool, n) : await hostilely(pool, attack);
      counts[attack === undefined ? "honest" : "hostile"] += 1;
      if (said !== undefined) problem(`run ${n}: ${said}`);
      if (n % 500 === 0) progress?.(`${n} runs, ${mib(memory.at(-1) ?? 0)} MiB, ${problems.length} problems`);
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, work));

  counts.perSecond = Math.round((rounds * 1000) / (performance.now() - started));
  loop.disable();
  clearInterval(sampler);
  clearInterval(turns);
  sample();
  const { pids } = pool;
  counts.runnersEnded = seen.size - pids.length;
  await pool.close();
  counts.loopP99Ms = Math.round(loop.percentile(99) / 1e6);
  if (counts.longestTurnMs > STANDSTILL_MS)
    problem(`the event loop stood still for ${counts.longestTurnMs} ms`);
  // Two in use, two that were, and one that waits.
  if (counts.mostRunners > 2 * RUNNERS + 2) problem(`${counts.mostRunners} runners lived at the same time`);
  for (const line of growth(memory, counts)) problem(line);
  for (const line of await left(pids, before)) problem(line);
  return { harness: "soak", rounds, counts, problems };
}

async function honestly(pool: RunnerPool, n: number): Promise<string | undefined> {
  // One in ten is another publisher's, who shares no runner with the attacks.
  const publisher = n % 10 === 1 ? "other" : honest.publisher;
  const outcome = await pool.run({ ...honest, run: `soak-${n}`, publisher, input: `{"n":${n}}` });
  const said = outcome.ok ? outcome.output : `${outcome.code}: ${outcome.message}`;
  const due = JSON.stringify([1, n, 1, true, honest.now]);
  return said === due ? undefined : `an honest module answered ${said.slice(0, 200)} instead of ${due}`;
}

async function hostilely(pool: RunnerPool, attack: Attack): Promise<string | undefined> {
  const { ended, verdict, outcome } = await attempt(pool, attack);
  const due = `${attack.ends}, ${attack.verdict ?? "ManualReview"}`;
  if (`${ended}, ${verdict}` === due) return undefined;
  const words = outcome.ok ? outcome.output : outcome.message;
  return `${attack.title} ended as ${ended}, ${verdict} and not as ${due}: ${words.slice(0, 200)}`;
}

/** Processor time of the thread that the event loop runs on. Milliseconds. */
function ownTime(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

interface Handles {
  descriptors: number;
  timers: number;
}

/** Where there is no /proc, descriptors count as none. */
function handles(): Handles {
  const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
  try {
    return { descriptors: readdirSync("/proc/self/fd").length, timers };
  } catch {
    return { descriptors: 0, timers };
  }
}

/** What is still there of a closed pool after a moment: processes end when the system has ended them. */
async function left(pids: readonly number[], before: Handles): Promise<string[]> {
  const problems = () => {
    const alive = pids.filter((pid) => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    });
    const now = handles();
    return [
      ...(alive.length > 0 ? [`${alive.length} runners outlived their pool`] : []),
      ...(now.descriptors > before.descriptors + 4
        ? [`${now.descriptors - before.descriptors} descriptors are left open`]
        : []),
      ...(now.timers > before.timers + 2 ? [`${now.timers - before.timers} timers are left`] : []),
    ];
  };
  for (let waited = 0; waited < 100 && problems().length > 0; waited += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return problems();
}
