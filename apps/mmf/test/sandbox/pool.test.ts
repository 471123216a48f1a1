import { existsSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { runLimits } from "../../src/domain/limits.ts";
import { RunnerPool } from "../../src/sandbox/pool.ts";
import { answer, guestRun, moduleRun } from "./guest.ts";

const pools: RunnerPool[] = [];
async function start(runners = 1, queue?: number): Promise<RunnerPool> {
  const pool = new RunnerPool({ runners, isolation: "process", ...(queue !== undefined && { queue }) });
  pools.push(pool);
  await pool.ready();
  return pool;
}
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.close()));
});

const hang = () => new Promise<never>(() => {});

test("a run that waits longer than its wall time is killed, and the next one is served by the runner that waited", async () => {
  const pool = await start();
  const waiting = new Set(pool.pids);
  let during: number[] = [];
  const call = () => {
    during = pool.pids;
    return hang();
  };
  const outcome = await pool.run(
    guestRun("await ctx.memory.list()", { call, limits: runLimits({ wallMs: 300 }) }),
  );
  expect(outcome).toMatchObject({ ok: false, code: "wall-limit" });
  expect(outcome.usage.wallMs).toBeGreaterThanOrEqual(290);
  expect(await pool.run(guestRun("return 1"))).toMatchObject({ ok: true, output: "1" });
  const [served] = pool.runnersOf("tester");
  expect(during).toContain(served);
  expect(waiting).not.toContain(served);
});

test("a caller that goes away ends its run at once", async () => {
  const pool = await start();
  const caller = new AbortController();
  const run = pool.run(guestRun("await ctx.memory.list()", { call: hang, signal: caller.signal }));
  setTimeout(() => caller.abort(), 100);
  const outcome = await run;
  expect(outcome).toMatchObject({ ok: false, code: "cancelled" });
  expect(outcome.usage.wallMs).toBeLessThan(9_000);
});

test("the host answers others while a guest loops", async () => {
  const pool = await start(2);
  await pool.run(guestRun("return 1"));
  const order: string[] = [];
  const limits = runLimits({ cpuMs: 5_000, wallMs: 60_000 });
  const loop = pool.run(guestRun("for (;;) {}", { limits })).then((outcome) => {
    order.push("loop");
    return outcome;
  });
  for (let i = 0; i < 5; i++) expect(await pool.run(guestRun("return 2"))).toMatchObject({ output: "2" });
  order.push("others");
  expect(await loop).toMatchObject({ code: "cpu-limit" });
  expect(order).toEqual(["others", "loop"]);
});

test("a killed runner dies as a process and takes no other run with it", async () => {
  const pool = await start(2);
  const slow = pool.run(
    guestRun("return await ctx.memory.list()", { call: () => sleep(600).then(answer({ late: true })) }),
  );
  const killed = await pool.run(
    guestRun("await ctx.memory.list()", { call: hang, limits: runLimits({ wallMs: 200 }) }),
  );
  expect(killed).toMatchObject({ code: "wall-limit" });
  expect(await slow).toMatchObject({ ok: true, output: '{"late":true}' });
});

test("a runner that crashes is reported as runner-crashed and replaced", async () => {
  const pool = await start();
  await pool.run(guestRun("return 1"));
  const run = pool.run(
    guestRun("await ctx.memory.list()", {
      call: () => {
        for (const pid of pool.pids) process.kill(pid, "SIGKILL");
        return hang();
      },
    }),
  );
  expect(await run).toMatchObject({ ok: false, code: "runner-crashed" });
  expect(await pool.run(guestRun("return 2"))).toMatchObject({ output: "2" });
});

test("the successor of a killed runner has the usual modules loaded before it is given a run", async () => {
  const code = `let count = 0; for (let i = 0; i < 5000000; i++) count++; export default { run(input, ctx) { return input.hang ? ctx.memory.list() : count } };`;
  const run = moduleRun(code, { limits: runLimits({ cpuMs: 5_000, wallMs: 300 }), call: hang });
  const { digest, publisher } = run;
  const warm = { publisher, modules: [{ digest, code, limits: run.limits }] };
  const pool = new RunnerPool({ runners: 1, isolation: "process", warm });
  pools.push(pool);
  await pool.ready();
  expect(await pool.run({ ...run, input: '{"hang":true}' })).toMatchObject({ code: "wall-limit" });
  await pool.ready();
  const outcome = await pool.run({ ...run, run: "next" });
  expect(outcome).toMatchObject({ ok: true, output: "5000000" });
  // Loading this module takes longer than this; running it takes a few milliseconds.
  expect(outcome.usage.cpuMs).toBeLessThan(100);
});

test("publishers do not share a runner", async () => {
  const pool = await start();
  const seen = new Map<string, number[]>();
  for (const publisher of ["one", "two", "one"]) {
    await pool.run(guestRun("return 1", { publisher }));
    seen.set(publisher, pool.runnersOf(publisher));
  }
  const shared = seen.get("one")?.filter((pid) => seen.get("two")?.includes(pid));
  expect(seen.get("one")).toHaveLength(1);
  expect(shared).toEqual([]);
});

test("a runner is replaced after 500 runs", async () => {
  const pool = await start();
  const run = moduleRun("export default { run() { return 1 } }");
  await pool.run(run);
  const [first] = pool.runnersOf("tester");
  for (let i = 1; i < 500; i++) await pool.run({ ...run, run: `n-${i}` });
  await pool.run({ ...run, run: "n-500" });
  expect(pool.runnersOf("tester")).not.toContain(first);
});

test("more runs than may wait are refused by name, and none of them is lost or stuck", async () => {
  const pool = await start(1, 2);
  const runs = Array.from({ length: 5 }, () =>
    pool.run(guestRun("return 1")).then(
      (o) => o.ok,
      (e) => e.code as string,
    ),
  );
  expect((await Promise.all(runs)).toSorted()).toEqual([
    "runner-queue-full",
    "runner-queue-full",
    true,
    true,
    true,
  ]);
  expect(await pool.run(guestRun("return 2"))).toMatchObject({ output: "2" });
});

test("runs share runners in turn: fifty concurrent runs on two runners all end", async () => {
  const pool = await start(2);
  const outcomes = await Promise.all(Array.from({ length: 50 }, (_, i) => pool.run(guestRun(`return ${i}`))));
  expect(outcomes.map((outcome) => outcome.ok && outcome.output)).toEqual(
    Array.from({ length: 50 }, (_, i) => `${i}`),
  );
});

test.skipIf(process.platform !== "linux")(
  "a runner has an empty environment and no descriptor but its pipes [needs /proc, so Linux]",
  async () => {
    const { readdirSync, readFileSync, readlinkSync } = await import("node:fs");
    const pool = await start();
    await pool.run(guestRun("return 1"));
    for (const pid of pool.pids) {
      expect(readFileSync(`/proc/${pid}/environ`, "utf8")).toBe("");
      const files = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
      const foreign = files.filter((file) => !/^(socket:|pipe:|anon_inode:|\/dev\/null$)/.test(file));
      expect(foreign).toEqual([]);
      expect(existsSync(`/proc/${pid}`)).toBe(true);
    }
  },
);

test("closing the pool ends every runner process", async () => {
  const pool = await start(2);
  await Promise.all([pool.run(guestRun("return 1")), pool.run(guestRun("return 2"))]);
  const { pids } = pool;
  await pool.close();
  const alive = () =>
    pids.filter((pid) => {
      try {
        process.kill(pid, 0);
        return true;
      } catch {
        return false;
      }
    });
  expect(pids.length).toBeGreaterThan(0);
  await expect.poll(alive, { timeout: 10_000 }).toEqual([]);
});
