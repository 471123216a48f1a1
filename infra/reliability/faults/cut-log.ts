import { readFileSync, rmSync, statSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { verified } from "../../../apps/codex-nexus/test/support/verify.ts";
import type { HarnessReport } from "../report.ts";
import { freshHome } from "../subject/fresh.ts";
import { Life } from "../subject/life.ts";
import { copyOf } from "../subject/wounded.ts";

const FRAME = 24 + 4096;
const HEADER = 32;
/** Where in a frame a log is cut: between two, in its header, in its page, a byte before its end. */
const INSIDE = [0, 11, 2000, FRAME - 1] as const;

/**
 * Cuts the write-ahead log of a killed store at frame boundaries and inside frames. Every cut must leave whole commits;
 * and one that takes anything back which the anchor has seen must be named.
 */
export async function cutLogs(
  program: string,
  rounds: number,
  verify: typeof verified = verified,
): Promise<HarnessReport> {
  const home = await freshHome();
  const plan = { home: home.folder, life: "cut", writers: 2, requests: 10, defect: null, linger: true };
  const life = new Life(program, plan);
  await life.saying("written");
  // Until the anchor has seen the last commit.
  await new Promise((resolve) => setTimeout(resolve, 800));
  life.child.kill("SIGKILL");
  await life.ended;
  const problems: string[] = [];
  const counts = { harmless: 0, rollbacks: 0 };
  const { size: bytes } = statSync(join(home.data, "nexus.db-wal"));
  const frames = Math.floor((bytes - HEADER) / FRAME);
  const anchored = await verify(home, copyOf(home, "whole"), {});
  if (!anchored.ok)
    problems.push(`the store is not clean before it is cut: ${JSON.stringify(anchored.findings[0])}`);
  for (let round = 0; round < rounds; round += 1) {
    const frame = Math.floor((frames * round) / rounds);
    const at = HEADER + frame * FRAME + (INSIDE[round % INSIDE.length] ?? 0);
    const folder = copyOf(home, `cut-${round}`);
    truncateSync(join(folder, "nexus.db-wal"), at);
    const report = await verify(home, folder, {});
    // Without the anchor what is left must be a store like any other: whole commits and nothing else.
    const alone = await verify(home, folder, { anchor: null });
    if (!alone.ok) problems.push(`cut at ${at}: ${alone.findings[0]?.check}: ${alone.findings[0]?.detail}`);
    const behind =
      Number(/^[^\n]*\n(\d+)\n/.exec(readFileSync(home.anchor, "utf8"))?.[1]) > (alone.size ?? 0);
    if (behind) counts.rollbacks += 1;
    else counts.harmless += 1;
    if (behind === report.ok) {
      problems.push(
        `cut at ${at}: ${alone.size} records are left, and verify says ${report.ok ? "clean" : "damaged"}`,
      );
    }
    rmSync(folder, { recursive: true });
  }
  if (counts.rollbacks === 0) problems.push("no cut took anything back: this run shows nothing");
  home.remove();
  return { harness: "faults, cut log", rounds, counts, problems };
}
