import { readFileSync } from "node:fs";
import { join } from "node:path";
import { RUN_FAULTS } from "@sigil/policy";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RunnerPool } from "../../src/sandbox/pool.ts";
import { attempt } from "./attacks/attempt.ts";
import { ATTACKS, ELSEWHERE } from "./attacks/index.ts";
import { moduleRun } from "./guest.ts";

const pool = new RunnerPool({ runners: 1, isolation: "process" });
beforeAll(() => pool.ready());
afterAll(() => pool.close());

/** A neighbour of every attack, on the same runner: what it finds must never change. */
const neighbour = moduleRun(`
  let runs = 0;
  const names = Reflect.ownKeys(globalThis).map(String);
  export default { async run(input, ctx) {
    const stack = (() => { try { null.x } catch (e) { return e.stack } })();
    return [++runs, names, Reflect.ownKeys(globalThis).map(String), Reflect.ownKeys(Object.prototype).map(String), Math.random(), Date.now(),
      stack, await ctx.memory.list(), [].values().next(), JSON.stringify({ a: [1] })];
  } };`);
const visit = async () => {
  const outcome = await pool.run(neighbour);
  if (!outcome.ok) throw new Error(`the neighbour ended as ${outcome.code}: ${outcome.message}`);
  return { found: outcome.output, runner: pool.runnersOf("tester") };
};
let undisturbed = "";
beforeAll(async () => {
  undisturbed = (await visit()).found;
});

describe.each(ATTACKS.map((attack) => ({ ...attack, attack })))("$title", ({ attack, ends, runner }) => {
  test(`ends as ${ends}, and the next run finds ${runner === "killed" ? "a new runner" : "the same runner as new"}`, async () => {
    const before = await visit();
    const { outcome, ...made } = await attempt(pool, attack);
    const after = await visit();
    expect({ ...made, found: after.found }).toEqual({
      ended: ends,
      verdict: attack.verdict ?? "ManualReview",
      reasons: expect.stringContaining(attack.reason ?? ""),
      output: attack.output,
      found: undisturbed,
    });
    // The host's words hold no path of its own; what a chain keeps for ever holds no word of the module's.
    expect(outcome.ok ? "" : outcome.message).not.toMatch(/file:|node:internal|quickjs-wasi|\/src\//);
    expect(made.reasons).not.toMatch(/hunter2|boom/);
    expect([before.runner, after.runner].map((runners) => runners.length)).toEqual([1, 1]);
    expect(after.runner[0] === before.runner[0]).toBe(runner !== "killed");
  });
});

test("the suite has attacks for every code under which a run can end", () => {
  const ends = new Set<string>(ATTACKS.map((attack) => attack.ends));
  const elsewhere = ["protocol-error"];
  expect(Object.keys(RUN_FAULTS).filter((code) => !ends.has(code) && !elsewhere.includes(code))).toEqual([]);
  expect(ATTACKS.length).toBeGreaterThanOrEqual(60);
});

test.each(ELSEWHERE)("%s is held to its outcome in %s", (_, file, title) => {
  expect(readFileSync(join(import.meta.dirname, file), "utf8")).toContain(title);
});
