import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { verified } from "../../../apps/codex-nexus/test/support/verify.ts";
import type { HarnessReport } from "../report.ts";
import { filledHome } from "../subject/filled.ts";
import { copyOf } from "../subject/wounded.ts";
import { type Contents, contentsOf } from "./contents.ts";

/**
 * Flips one bit after another, spread over every page of the database file. What the flip changed is read with plain
 * SQL, which knows nothing of verification: a record that differs must be named, a record that does not must not be, and
 * any other difference must be a finding.
 */
export async function flippedBits(
  rounds: number,
  options: { verify?: typeof verified; seed?: number } = {},
): Promise<HarnessReport> {
  const { verify = verified } = options;
  const home = await filledHome(40);
  const problems: string[] = [];
  const counts = { harmless: 0, named: 0, elsewhere: 0 };
  const original = readFileSync(join(home.data, "nexus.db"));
  const clean = contentsOf(home.data);
  const folder = copyOf(home, "flipped");
  const file = join(folder, "nexus.db");
  const pages = original.length / 4096;
  for (let round = 0; round < rounds; round += 1) {
    const offset = (round % pages) * 4096 + Math.floor(Math.random() * 4096);
    const bit = Math.floor(Math.random() * 8);
    const bytes = Buffer.from(original);
    bytes[offset] = (bytes[offset] ?? 0) ^ (1 << bit);
    writeFileSync(file, bytes);
    const report = await verify(home, folder, {}).catch((error: unknown) => String(error));
    const where = `bit ${bit} of byte ${offset % 4096} on page ${1 + Math.floor(offset / 4096)}`;
    if (typeof report === "string") {
      problems.push(`${where}: verify does not run: ${report}`);
      continue;
    }
    const hurt = contentsOf(folder);
    const { whole } = hurt;
    const { records, rest } = differences(clean, hurt);
    const named = new Set(report.findings.flatMap(({ index }) => (index === null ? [] : [index])));
    // Where the engine finds its own structure broken, which rows can be read depends on the way taken to them.
    const structural = report.findings.some(({ check }) => check === "page");
    // Without a schema there are no rows to name: one finding says it.
    for (const index of whole ? records : []) {
      if (!named.has(index)) problems.push(`${where}: it hit leaf ${index}, which is not named`);
    }
    if (!structural) {
      for (const index of named) {
        if (!records.has(index) && !rest) problems.push(`${where}: leaf ${index} is named and was not hit`);
      }
    }
    if ((rest || !whole) && report.ok)
      problems.push(`${where}: it hit what no record is made of, and nothing is found`);
    if (records.size > 0) counts.named += 1;
    else if (rest || !report.ok) counts.elsewhere += 1;
    else counts.harmless += 1;
  }
  rmSync(folder, { recursive: true });
  home.remove();
  if (counts.named === 0) problems.push("no flip hit a record: this run shows nothing");
  return { harness: "faults, flipped bits", rounds, counts, problems };
}

/** Leaf indexes whose row or tags differ, and whether anything else does. */
function differences(before: Contents, after: Contents): { records: Set<number>; rest: boolean } {
  const records = new Set<number>();
  for (const index of new Set([...before.leaves.keys(), ...after.leaves.keys()])) {
    if (before.leaves.get(index) !== after.leaves.get(index)) records.add(index);
  }
  return { records, rest: before.rest !== after.rest };
}
