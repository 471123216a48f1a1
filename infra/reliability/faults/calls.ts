import type { TestHome } from "../../../apps/codex-nexus/test/support/home.ts";
import { afterwards } from "../oracle.ts";
import type { HarnessReport, Progress } from "../report.ts";
import { freshHome } from "../subject/fresh.ts";
import { type Acknowledged, Life, type Told } from "../subject/life.ts";
import type { Defect } from "../subject/plan.ts";
import { injecting, type WriteCall } from "../subject/strace.ts";

const REQUESTS = 8;
const LIVES = 12;

/** A call that fails, how, and whether it goes on failing. */
export interface Fault {
  readonly call: WriteCall;
  readonly error: "EIO" | "ENOSPC" | "EROFS";
  readonly onwards: boolean;
}

export const FAULTS: readonly Fault[] = (
  ["pwrite64", "write", "fsync", "ftruncate", "rename", "openat"] as const
).flatMap((call) =>
  (call === "openat" ? (["EIO", "EROFS"] as const) : (["EIO", "ENOSPC"] as const)).flatMap((error) => [
    { call, error, onwards: false },
    { call, error, onwards: true },
  ]),
);

/**
 * Fails one call of the write path after another. Each life must either not open, with a named reason, or answer every
 * request with an acknowledgement or one clear refusal; a fault that passes must be forgotten. What was acknowledged is
 * there when the disk is well again.
 */
export async function failingCalls(
  program: string,
  options: { stride?: number; faults?: readonly Fault[]; defect?: Defect; progress?: Progress } = {},
): Promise<HarnessReport> {
  const { stride = 1, faults = FAULTS, defect = null, progress } = options;
  const problems: string[] = [];
  const counts = { acknowledged: 0, refused: 0, notOpened: 0, notClosed: 0, unnoticed: 0 };
  let rounds = 0;
  let home: TestHome | undefined;
  let acknowledged: Acknowledged[] = [];
  for (const fault of faults) {
    const { call, error, onwards } = fault;
    const before = rounds;
    for (let nth = 1; ; nth += stride) {
      if (home === undefined || rounds % LIVES === 0) {
        home?.remove();
        home = await freshHome();
        acknowledged = [];
      }
      const named = `${error} at ${call} number ${nth}${onwards ? " and every later one" : ""}`;
      const plan = { home: home.folder, life: named, writers: 1, requests: REQUESTS, defect };
      const around = injecting(home.folder, call, `error=${error}`, nth, onwards);
      const told = await new Life(program, plan, around).ended;
      rounds += 1;
      acknowledged.push(...told.acknowledged);
      counts.acknowledged += told.acknowledged.length;
      counts.refused += told.refused.length;
      counts.notOpened += told.notOpened === undefined ? 0 : 1;
      counts.notClosed += told.notClosed === undefined ? 0 : 1;
      const unnoticed = told.closed && told.refused.length === 0;
      counts.unnoticed += unnoticed ? 1 : 0;
      const found = [...conduct(told, fault), ...(await afterwards(home, acknowledged))];
      problems.push(...found.map((problem) => `${named}: ${problem}`));
      if (found.length > 0) home = void home.remove();
      // The fault may lie beyond the last call, or be one that the engine gets over: a few more decide.
      if (unnoticed && nth > (LAST[call] ?? 0)) break;
    }
    progress?.(`${rounds - before} lives with ${error} at ${call}${onwards ? " and after" : ""}`);
  }
  home?.remove();
  return { harness: "faults, failing calls", rounds, counts, problems };
}

/** More calls of each than a life of this length makes on one thread's first half; beyond, unnoticed means: no such call. */
const LAST: Readonly<Record<string, number>> = {
  openat: 8,
  pwrite64: 60,
  write: 1,
  fsync: 10,
  ftruncate: 2,
  rename: 1,
};

/** What a subject may not do whatever its disk does. */
function conduct(told: Told, { onwards }: Fault): string[] {
  const problems: string[] = [];
  const clear = (code: string) => /^[a-z]+(-[a-z]+)*$/.test(code) && code !== "unnamed";
  if (told.code !== 0)
    problems.push(`the process died with ${told.code ?? told.signal}: ${told.stderr.slice(0, 300)}`);
  for (const { code, message } of [...told.refused, told.notOpened ?? [], told.notClosed ?? []].flat()) {
    if (!clear(code)) problems.push(`an error without a name: ${code}: ${message}`);
  }
  // A fault in the last request leaves nothing to be acknowledged after it.
  if (!onwards && told.refused.length > 1) problems.push(`one fault refused ${told.refused.length} requests`);
  return problems;
}
