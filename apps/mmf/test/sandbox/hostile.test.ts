import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { LIMIT_NAMES, LIMITS } from "../../src/domain/limits.ts";
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
    const { outcome, ended, verdict, reasons } = await attempt(pool, attack);
    expect(ended).toBe(ends);
    if (outcome.ok && attack.output !== undefined) expect(JSON.parse(outcome.output)).toEqual(attack.output);
    expect(verdict === "Allow").toBe(attack.verdict === "Allow");
    if (attack.verdict !== undefined) expect(verdict).toBe(attack.verdict);
    if (attack.reason !== undefined) expect(reasons).toContain(attack.reason);
    // No word of the host's own, and of the module's none in what a chain keeps for ever.
    if (!outcome.ok) expect(outcome.message).not.toMatch(/file:|node:internal|quickjs-wasi|\/src\//);
    expect(reasons).not.toMatch(/hunter2|boom/);
    const after = await visit();
    expect(after.found).toBe(undisturbed);
    if (runner === "killed") expect(after.runner).not.toEqual(before.runner);
    else expect(after.runner).toEqual(before.runner);
  });
});

test("the suite has attacks for every code under which a run can end", () => {
  const ends = new Set(ATTACKS.map((attack) => attack.ends));
  const limits = LIMIT_NAMES.map((name) => LIMITS[name].code);
  const others = [
    "guest-error",
    "module-invalid",
    "run-stalled",
    "pending-calls",
    "output-invalid",
    "calls-too-large",
    "runner-crashed",
    "cancelled",
  ];
  expect([...limits, ...others].filter((code) => !ends.has(code as never))).toEqual([]);
  expect(ATTACKS.length).toBeGreaterThanOrEqual(60);
});

test.each(ELSEWHERE)("%s is held to its outcome in %s", (_, file, title) => {
  expect(readFileSync(join(import.meta.dirname, file), "utf8")).toContain(title);
});
