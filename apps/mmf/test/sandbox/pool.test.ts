import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { runLimits } from "../../src/domain/limits.ts";
import type { SandboxOutcome } from "../../src/domain/sandbox.ts";
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
  const run = moduleRun("export default { run(input, ctx) { return ctx.memory.list() } }");
  await pool.run(run);
  const [used] = pool.runnersOf("tester");
  let during: number[] = [];
  const call = () => {
    during = pool.pids;
    return hang();
  };
  const outcome = await pool.run({ ...run, call, limits: runLimits({ wallMs: 500 }) });
  expect(outcome).toMatchObject({ ok: false, code: "wall-limit" });
  expect(outcome.usage.wallMs).toBeGreaterThanOrEqual(490);
  expect(await pool.run(guestRun("return 1"))).toMatchObject({ ok: true, output: "1" });
  const [served] = pool.runnersOf("tester");
  expect(during).toContain(served);
  expect(served).not.toBe(used);
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
  const caller = new AbortController();
  const limits = runLimits({ cpuMs: 30_000, wallMs: 60_000 });
  const loop = pool.run(guestRun("for (;;) {}", { limits, signal: caller.signal }));
  for (let i = 0; i < 3; i++) expect(await pool.run(guestRun("return 2"))).toMatchObject({ output: "2" });
  caller.abort();
  expect(await loop).toMatchObject({ code: "cancelled" });
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

test("a runner that holds the modules of one publisher is never given to another", async () => {
  const { digest, code, limits } = moduleRun("export default { run() { return 1 } }");
  const pool = new RunnerPool({
    runners: 1,
    isolation: "process",
    warm: { publisher: "one", modules: [{ digest, code, limits }] },
    strangers: false,
  });
  pools.push(pool);
  const ofOne = pool.pids;
  // At once: the runner that will load the first publisher's modules has not done so yet.
  expect(await pool.run(guestRun("return 2", { publisher: "two" }))).toMatchObject({ output: "2" });
  expect(ofOne).toHaveLength(1);
  expect(pool.runnersOf("one")).toEqual(ofOne);
  expect(pool.runnersOf("two")).not.toEqual(ofOne);
  // From now on one waits for everybody else too.
  await expect.poll(() => pool.pids.length).toBe(3);
});

test("a caller that leaves while its run waits for a runner ends nobody's run and no runner", async () => {
  const pool = await start();
  await pool.run(guestRun("return 1"));
  const [runner] = pool.runnersOf("tester");
  const caller = new AbortController();
  const waiting: Promise<SandboxOutcome>[] = [];
  const call = () => {
    waiting.push(pool.run(guestRun("return 2", { signal: caller.signal })));
    caller.abort();
    return answer({ late: true })();
  };
  const first = await pool.run(guestRun("return await ctx.memory.list()", { call }));
  expect(first).toMatchObject({ ok: true, output: '{"late":true}' });
  expect(await waiting[0]).toMatchObject({ ok: false, code: "cancelled", usage: { wallMs: 0 } });
  expect(await pool.run(guestRun("return 3", { signal: caller.signal }))).toMatchObject({
    code: "cancelled",
  });
  expect(pool.runnersOf("tester")).toEqual([runner]);
  expect(await pool.run(guestRun("return 4"))).toMatchObject({ output: "4" });
});

test.each([
  ["after as many runs as it may have", { runs: 3 }, 3],
  ["when it keeps more memory than it may", { residentBytes: 1 }, 1],
])("a runner is replaced %s", async (_, recycle, lives) => {
  const pool = new RunnerPool({ runners: 1, isolation: "process", recycle });
  pools.push(pool);
  const run = moduleRun("let runs = 0; export default { run() { return ++runs } }");
  const seen: (number | undefined)[] = [];
  for (let i = 0; i < lives; i++) {
    expect(await pool.run({ ...run, run: `n-${i}` })).toMatchObject({ output: "1" });
    seen.push(pool.runnersOf("tester")[0]);
  }
  // Idle between its runs, and gone after its last one.
  expect(new Set(seen.slice(0, -1)).size).toBe(Math.min(1, lives - 1));
  expect(seen.at(-1)).toBeUndefined();
  expect(await pool.run({ ...run, run: "next" })).toMatchObject({ output: "1" });
});

test("what a run waits for a model is not of its wall time, and ends with its grant", async () => {
  const pool = await start();
  const run = moduleRun("export default { async run(input, ctx) { return await ctx.llm.complete({}) } }", {
    limits: runLimits({ wallMs: 1_000 }),
    call: () => sleep(1_100).then(answer({ text: "slow" })),
  });
  await pool.run({ ...run, call: answer({}) });
  expect(await pool.run(run)).toMatchObject({ ok: true, output: '{"text":"slow"}' });
  expect(await pool.run({ ...run, until: Date.now() + 50, call: hang })).toMatchObject({
    code: "wall-limit",
  });
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
    const [pid = 0] = pool.runnersOf("tester");
    expect(readFileSync(`/proc/${pid}/environ`, "utf8")).toBe("");
    const files = readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    const foreign = files.filter((file) => !/^(socket:|pipe:|anon_inode:|\/dev\/null$)/.test(file));
    expect(files.length).toBeGreaterThanOrEqual(3);
    expect(foreign).toEqual([]);
  },
);

test("a runner that dies while it waits is replaced before anybody asks for one", async () => {
  const pool = await start();
  const [first = 0] = pool.pids;
  process.kill(first, "SIGKILL");
  await expect.poll(() => pool.pids.filter((pid) => pid !== first).length, { timeout: 20_000 }).toBe(1);
  expect(await pool.run(guestRun("return 1"))).toMatchObject({ output: "1" });
});

test("runs that still wait when the pool closes are refused, and start no runner", async () => {
  const pool = new RunnerPool({ runners: 1, isolation: "process" });
  const runs = [1, 2].map((n) => pool.run(guestRun(`return ${n}`)).catch((error) => error.code as string));
  await pool.close();
  expect(await Promise.all(runs)).toEqual(["runner-queue-full", "runner-queue-full"]);
  expect(pool.pids).toEqual([]);
});

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
