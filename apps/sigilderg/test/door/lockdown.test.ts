import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { alice: "Operator", rita: "Root", rolf: "Root" },
    services: ["codex-nexus", "sigilderg", "mmf"],
    modules: [
      {
        id: "slow",
        capabilities: ["memory.write", "interaction.log"].map((name) => ({ name, scope: {} })),
        run: `await ctx.logInteraction({ started: true }); await ctx.memory.write({ text: "before" });
          for (let i = 0; i < 6e6; i += 1) {}
          await ctx.memory.write({ text: "after" });
          return { context: [], reasoning: "r", suggestion: "s", verdict: "Allow", confidence: 1 };`,
        limits: { cpuMs: 20_000, wallMs: 20_000 },
      },
    ],
  });
  await stack.ready();
}, 60_000);
afterAll(() => stack?.close());

const enter = (as: string, reason = "a test") => stack.ask("POST", "/v1/lockdown", { as, body: { reason } });
const leave = (as: string) => stack.ask("POST", "/v1/lockdown/end", { as, body: { reason: "all clear" } });
const write = () =>
  stack.ask("POST", "/v1/memory", { as: "alice", body: { kind: "episodic", text: "a note" } });
const texts = async () =>
  (await stack.ask("GET", "/v1/memory?limit=200", { as: "alice" })).body.blocks.map(
    ({ text }: { text: string }) => text,
  );

describe("lockdown", () => {
  it("stops writes and runs, leaves reads and health, outlives a restart, and ends when a Root leaves it", async () => {
    expect((await enter("alice")).body.code).toBe("level-too-low");
    expect((await leave("rita")).body.code).toBe("lockdown-absent");
    const entered = await enter("rita", "a key may be known");
    expect(entered.status).toBe(201);
    for (const restarted of [false, true]) {
      if (restarted) {
        await stack.stopService("sigilderg", "SIGKILL");
        await stack.serve("sigilderg");
        await stack.names("locked-down");
      }
      const refused = await write();
      expect([refused.status, refused.body.code]).toEqual([403, "locked-down"]);
      const decision = await stack.ask("GET", `/v1/decisions/${refused.body.decisionId}`, { as: "alice" });
      expect(JSON.stringify(decision.body)).toContain('"locked-down"');
      expect(
        (await stack.ask("POST", "/v1/modules/slow/runs", { as: "alice", body: { input: {} } })).body.code,
      ).toBe("locked-down");
      expect((await stack.ask("GET", "/v1/memory", { as: "alice" })).status).toBe(200);
      const ready = await stack.ask("GET", "/readyz");
      expect([ready.status, ready.body.reasons[0].code]).toEqual([200, "locked-down"]);
      expect(JSON.stringify(ready.body)).not.toContain("a key may be known");
      expect((await stack.ask("GET", "/v1/lockdown", { as: "alice" })).body.lockdown).toMatchObject({
        record: entered.body.id,
        by: "rita",
        reason: "a key may be known",
      });
    }
    expect((await leave("alice")).body.code).toBe("level-too-low");
    const left = await leave("rolf");
    expect(left.status).toBe(201);
    const record = await stack.ask("GET", `/v1/canon/${left.body.id}`, { as: "alice" });
    expect(record.body.signed.record.payload).toMatchObject({ state: "left", mode: "solo" });
    const decided = await stack.ask("GET", `/v1/decisions/${left.body.decision}`, { as: "alice" });
    expect(JSON.stringify(decided.body)).toContain('"solo-mode"');
    expect((await write()).status).toBe(201);
    expect((await stack.ask("GET", "/v1/lockdown", { as: "alice" })).body.lockdown).toBeNull();
  });

  it("is entered once by many at the same time, and left once", async () => {
    const all = await Promise.all(["rita", "rolf", "rita", "rolf", "rita"].map((as) => enter(as)));
    expect(all.map(({ status }) => status).toSorted()).toEqual([201, 403, 403, 403, 403]);
    const ended = await Promise.all(["rita", "rolf", "rita"].map(leave));
    expect(ended.map(({ status }) => status).toSorted()).toEqual([201, 409, 409]);
    expect((await write()).status).toBe(201);
  });

  it("ends a running module's grant: its next host call is refused, and nothing of the run is written", async () => {
    const before = await texts();
    const answer = stack.ask("POST", "/v1/modules/slow/runs", { as: "alice", body: { input: {} } });
    const inputs = async () =>
      (await stack.ask("GET", "/v1/canon?kind=run.input&limit=1", { as: "alice" })).body.records[0];
    await expect.poll(inputs, { timeout: 10_000, interval: 5 }).toBeDefined();
    const { author } = (await inputs()).signed.record;
    expect((await enter("rita")).status).toBe(201);
    const { status, body } = await answer;
    expect([status, body.code]).toEqual([403, "locked-down"]);
    expect(await texts()).toEqual(before);
    const decided = await stack.ask("GET", `/v1/decisions/${author.decision}`, { as: "alice" });
    expect(decided.body.outcome).toMatchObject({ status: "failed", code: "locked-down", effects: [] });
    expect((await leave("rita")).status).toBe(201);
  });
});
