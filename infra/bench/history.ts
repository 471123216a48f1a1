// Appends figures to a history and holds them against it. Usage: npm run -s bench:history -- <figures.jsonl> <history.jsonl>
// Each line of the history is a figure with commit, day and Node. Exit 1: a ratio to its baseline is well below its usual one.
import { execFileSync } from "node:child_process";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import type { Line } from "./measure.ts";

/** How many figures of a case make its usual one, and how far below that is a finding. Machines drift, ratios less. */
const USUAL = 14;
const LEAST = 5;
const FALL = 0.7;

type Entry = Line & { readonly commit: string; readonly day: string; readonly node: string };

const lines = <T>(file: string): T[] =>
  readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => JSON.parse(line) as T);

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const at = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? (sorted[at] ?? 0) : ((sorted[at - 1] ?? 0) + (sorted[at] ?? 0)) / 2;
}

/** The cases whose ratio fell below 70 % of the median of their last fourteen, each as a sentence. */
export function fallen(history: readonly Entry[], figures: readonly Line[]): string[] {
  return figures.flatMap((figure) => {
    const { suite, case: name, ratio } = figure;
    const before = history
      .filter((entry) => entry.suite === suite && entry.case === name && typeof entry.ratio === "number")
      .slice(-USUAL)
      .map((entry) => entry.ratio as number);
    if (typeof ratio !== "number" || before.length < LEAST) return [];
    const usual = median(before);
    // A duration is better when it is small, and so is its ratio.
    const kept = figure.unit.endsWith("/s") ? ratio / usual : usual / ratio;
    return kept >= FALL
      ? []
      : [`${suite}, ${name}: ${ratio.toFixed(3)} of its baseline, usually ${usual.toFixed(3)}`];
  });
}

if (import.meta.filename === process.argv[1]) {
  const [from, to] = process.argv.slice(2);
  if (from === undefined || to === undefined) {
    console.error("bench:history: name the figures and the history");
    process.exit(2);
  }
  const figures = lines<Line>(from);
  if (figures.length === 0) throw new Error(`bench:history: ${from} holds no figure`);
  const history = existsSync(to) ? lines<Entry>(to) : [];
  const commit = execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();
  const stamp = { commit, day: new Date().toISOString().slice(0, 10), node: process.versions.node };
  appendFileSync(to, figures.map((figure) => `${JSON.stringify({ ...figure, ...stamp })}\n`).join(""));
  const findings = fallen(history, figures);
  for (const finding of findings) console.error(finding);
  console.log(`history: ${history.length} figures, ${figures.length} more, ${findings.length} fell`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}
