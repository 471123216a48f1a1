import type { TestHome } from "../../../apps/codex-nexus/test/support/home.ts";
import { afterwards } from "../oracle.ts";
import type { HarnessReport, Progress } from "../report.ts";
import { freshHome } from "../subject/fresh.ts";
import { type Acknowledged, Life } from "../subject/life.ts";
import type { Defect } from "../subject/plan.ts";

const WRITERS = 8;
/** Lives of one store. More would spend the time on verifying what earlier rounds wrote. */
const LIVES = 8;
const LONGEST_MS = 160;

/**
 * Kills a process with eight concurrent writers at random moments, also while it opens, and looks at the store after
 * each death. Every store dies {@link LIVES} times, so that recovery is itself interrupted and built upon.
 */
export async function randomKills(
  program: string,
  rounds: number,
  options: { defect?: Defect; progress?: Progress } = {},
): Promise<HarnessReport> {
  const problems: string[] = [];
  const counts = { acknowledged: 0, killedWhileOpening: 0, stores: 0 };
  let home: TestHome | undefined;
  let acknowledged: Acknowledged[] = [];
  for (let round = 0; round < rounds; round += 1) {
    if (home === undefined || round % LIVES === 0) {
      home?.remove();
      home = await freshHome();
      acknowledged = [];
      counts.stores += 1;
    }
    const told = await killedLife(program, home, `${round}`, options.defect ?? null, round % 5 === 4);
    if (told.signal !== "SIGKILL")
      problems.push(`round ${round}: the subject ended by itself: ${told.stderr}`);
    if (!told.opened) counts.killedWhileOpening += 1;
    acknowledged.push(...told.acknowledged);
    counts.acknowledged += told.acknowledged.length;
    const found = await afterwards(home, acknowledged);
    problems.push(...found.map((problem) => `round ${round}: ${problem}`));
    if (round % 20 === 19)
      options.progress?.(`${round + 1} kills, ${counts.acknowledged} records acknowledged`);
    // What follows on a broken store says nothing new.
    if (found.length > 0) home = void home.remove();
  }
  home?.remove();
  return { harness: "crash, random", rounds, counts, problems };
}

async function killedLife(
  program: string,
  { folder }: TestHome,
  life: string,
  defect: Defect | null,
  early: boolean,
) {
  const subject = new Life(program, { home: folder, life, writers: WRITERS, requests: 0, defect });
  if (!early) await subject.saying("acknowledged");
  await new Promise((resolve) => setTimeout(resolve, Math.random() * LONGEST_MS * (early ? 3 : 1)));
  subject.child.kill("SIGKILL");
  return subject.ended;
}
