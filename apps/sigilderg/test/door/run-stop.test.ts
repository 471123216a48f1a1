import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LossyLink } from "../lossy-link.ts";
import { Stack } from "../stack.ts";

const ALLOW = 'return { context: [], reasoning: "r", suggestion: "s", verdict: "Allow", confidence: 1 };';
const NAMES = ["memory.write", "interaction.log"].map((name) => ({ name, scope: {} }));

let stack: Stack;
let link: LossyLink;
beforeAll(async () => {
  stack = await Stack.start({
    people: { alice: "Operator", bob: "Operator", rita: "Root" },
    services: ["codex-nexus", "mmf"],
    modules: [
      {
        id: "endless",
        capabilities: NAMES,
        run: 'await ctx.memory.write({ text: "must not stay" }); await ctx.logInteraction({ s: 1 }); for (;;) {}',
        limits: { cpuMs: 20_000, wallMs: 20_000 },
      },
      { id: "quick", capabilities: [], run: ALLOW },
    ],
  });
  link = await LossyLink.to(stack.ports["codex-nexus"]);
  await stack.serve("sigilderg", [`codex_nexus.port=${link.port}`]);
  await stack.ready();
}, 60_000);
afterAll(async () => {
  await stack?.close();
  link?.close();
});

const run = (module: string, signal?: AbortSignal) =>
  stack.ask("POST", `/v1/modules/${module}/runs`, { as: "alice", body: { input: {} }, signal });

/** The newest run of alice and what became of its decision. */
async function lastRun() {
  const { body } = await stack.ask("GET", "/v1/canon?kind=run.input&limit=1", { as: "alice" });
  const record = body.records[0]?.signed.record;
  const decision = record?.author.decision as string | undefined;
  const found = await stack.ask("GET", `/v1/decisions/${decision}`, { as: "alice" });
  return { run: record?.author.run as string, decision, outcome: found.body.outcome };
}

/** Resolves with the id of a new run of the endless module, once it has made its host calls. */
async function startEndless(signal?: AbortSignal) {
  const calls = async () => {
    const { body } = await stack.ask("GET", "/metrics", { as: "alice" });
    return Number(/sigil_decisions_total\{[^}]*action="interaction.log"[^}]*\} (\d+)/.exec(body)?.[1] ?? 0);
  };
  const before = await calls();
  const answer = run("endless", signal);
  answer.catch(() => {});
  await expect.poll(calls, { timeout: 10_000 }).toBe(before + 1);
  return { answer, id: (await lastRun()).run };
}

const blocks = async () => (await stack.ask("GET", "/v1/memory", { as: "alice" })).body.blocks;

describe("a run that is stopped", () => {
  it("run.cancel kills the runner, ends the run as failed and keeps nothing that it staged", async () => {
    const { answer, id } = await startEndless();
    const cancelled = await stack.ask("POST", `/v1/runs/${id}/cancel`, { as: "alice" });
    expect([cancelled.status, cancelled.body]).toEqual([200, { run: id, stopped: true }]);
    expect(await answer).toMatchObject({ status: 409, body: { code: "run-cancelled" } });
    expect((await lastRun()).outcome).toMatchObject({ status: "failed", code: "run-cancelled", effects: [] });
    expect(await blocks()).toEqual([]);
    // One runner is all there is: the next run gets it only because the endless one is gone.
    expect((await run("quick")).body.status).toBe("done");
  });

  it("a caller that closes the connection stops its run, and nothing that it staged is kept", async () => {
    const caller = new AbortController();
    const { answer, id } = await startEndless(caller.signal);
    caller.abort();
    await expect(answer).rejects.toThrow("abort");
    await expect
      .poll(async () => (await lastRun()).outcome, { timeout: 5_000 })
      .toMatchObject({ status: "failed", code: "caller-gone", effects: [] });
    expect((await stack.ask("GET", `/v1/runs/${id}`, { as: "alice" })).body.status).toBe("failed");
    expect(await blocks()).toEqual([]);
    expect((await run("quick")).body.status).toBe("done");
  });

  it("another principal's run, an ended one and one that never was are the same to who would cancel them", async () => {
    const { answer, id } = await startEndless();
    for (const [as, run] of [
      ["bob", id],
      ["rita", id],
      ["alice", "01900000-0000-7000-8000-000000000000"],
    ] as const) {
      const refused = await stack.ask("POST", `/v1/runs/${run}/cancel`, { as });
      expect([as, refused.status, refused.body.code]).toEqual([as, 404, "not-found"]);
      const { body } = await stack.ask("GET", `/v1/decisions/${refused.body.decisionId}`, { as: "rita" });
      expect(body.outcome).toMatchObject({ status: "failed", code: "not-found" });
    }
    expect((await stack.ask("POST", `/v1/runs/${id}/cancel`, { as: "alice" })).status).toBe(200);
    expect((await answer).status).toBe(409);
    expect((await stack.ask("POST", `/v1/runs/${id}/cancel`, { as: "alice" })).status).toBe(404);
  });
});

describe("an answer of the store that is lost", () => {
  it("of a run's first append leaves a failed outcome without a restart, and the run never starts", async () => {
    const lost = link.lost;
    link.lose("POST /v1/records HTTP", 1, "run.input");
    const answer = await run("quick");
    expect([answer.status, answer.body.code, link.lost]).toEqual([503, "audit-unavailable", lost + 1]);
    await expect
      .poll(async () => (await lastRun()).outcome, { timeout: 10_000 })
      .toMatchObject({ status: "failed", code: "audit-unavailable", effects: [] });
    await stack.ready();
  });

  it("of a write under an idempotency key is asked for again, and the write lands once", async () => {
    const lost = link.lost;
    link.lose("POST /v1/records HTTP", 1, "lost-answer-1");
    const body = { kind: "episodic", text: "once" };
    const headers = { "idempotency-key": "lost-answer-1" };
    const { status } = await stack.ask("POST", "/v1/memory", { as: "alice", body, headers });
    expect([status, link.lost]).toEqual([201, lost + 1]);
    const again = await stack.ask("POST", "/v1/memory", { as: "alice", body, headers });
    expect([again.status, (await blocks()).length]).toEqual([200, 1]);
  });
});
