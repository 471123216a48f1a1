import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, Stack } from "../stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { alice: "Operator", rita: "Root" },
    services: ["codex-nexus", "sigilderg", "mmf"],
    modules: [
      {
        id: "endless",
        capabilities: [{ name: "interaction.log", scope: {} }],
        run: "await ctx.logInteraction({ started: true }); for (;;) {}",
        limits: { cpuMs: 20_000, wallMs: 20_000 },
      },
      {
        id: "quick",
        capabilities: [],
        run: 'return { context: [], reasoning: "r", suggestion: "s", verdict: "Allow", confidence: 1 };',
      },
    ],
  });
  await stack.ready();
}, 60_000);
afterAll(() => stack?.close());

const run = (module: string) =>
  stack.ask("POST", `/v1/modules/${module}/runs`, { as: "alice", body: { input: {} } });

/** The newest decision to run a module, and what became of it. */
async function lastRun(): Promise<{ decision: string; outcome: { status: string; code?: string } | null }> {
  const { body } = await stack.ask("GET", "/v1/canon?kind=run.input&limit=1", { as: "alice" });
  const decision = body.records[0].signed.record.author.decision as string;
  const found = await stack.ask("GET", `/v1/decisions/${decision}`, { as: "alice" });
  return { decision, outcome: found.body.outcome };
}

/** Runs the endless module, and resolves once it has made its host call: then it runs for sure. */
async function startEndless(): Promise<{ answer: Promise<Answer> }> {
  const calls = async () => {
    const { body } = await stack.ask("GET", "/metrics", { as: "alice" });
    return Number(
      /sigil_decisions_total\{[^}]*action="interaction.log"[^}]*\} (\d+)/.exec(String(body))?.[1] ?? 0,
    );
  };
  const before = await calls();
  const answer = run("endless");
  answer.catch(() => {});
  await expect.poll(calls, { timeout: 10_000 }).toBe(before + 1);
  return { answer };
}

describe("a service behind that goes away", () => {
  it("MMF killed during a run leaves an unknown outcome and an answer, and the door heals by itself", async () => {
    const { answer } = await startEndless();
    await stack.stopService("mmf", "SIGKILL");
    expect((await answer).status).toBe(503);
    expect((await lastRun()).outcome).toMatchObject({ status: "unknown" });
    await stack.redFor("mmf-unreachable");
    const refused = await run("quick");
    expect([refused.status, refused.body.code]).toEqual([503, "peer-unavailable"]);
    expect((await lastRun()).outcome).toMatchObject({ status: "failed", code: "peer-unreachable" });
    await stack.serve("mmf");
    await stack.ready();
    expect((await run("quick")).body.status).toBe("done");
  });

  it("without Codex Nexus nothing is allowed, /readyz says why, and the door heals by itself", async () => {
    await stack.stopService("codex-nexus", "SIGKILL");
    await stack.redFor("codex-nexus-unreachable");
    const note = { kind: "episodic", text: "lost" };
    const write = await stack.ask("POST", "/v1/memory", { as: "alice", body: note });
    expect([write.status, write.body.code]).toEqual([503, "audit-unavailable"]);
    const ran = await run("quick");
    expect([ran.status, ran.body.code]).toEqual([503, "audit-unavailable"]);
    await expect
      .poll(async () => (await stack.ask("GET", "/v1/licence", { as: "alice" })).body.code, {
        timeout: 5_000,
      })
      .toBe("audit-unavailable");
    await stack.serve("codex-nexus");
    await stack.ready();
    const { body } = await stack.ask("GET", "/v1/memory", { as: "alice" });
    expect(body.blocks).toEqual([]);
    expect((await stack.ask("POST", "/v1/memory", { as: "alice", body: note })).status).toBe(201);
  });

  it("a run that the control plane did not survive has an unknown outcome after its restart", async () => {
    const { answer } = await startEndless();
    await stack.stopService("sigilderg", "SIGKILL");
    await expect(answer).rejects.toThrow("fetch failed");
    await stack.serve("sigilderg");
    await stack.ready();
    expect((await lastRun()).outcome).toMatchObject({ status: "unknown", code: "control-plane-restarted" });
  });

  it("refusals without a licence become one summary record, also when the service stops", async () => {
    for (let i = 0; i < 3; i += 1) await stack.ask("GET", "/v1/memory");
    await stack.stopService("sigilderg");
    await stack.serve("sigilderg");
    await stack.ready();
    const { body } = await stack.ask("GET", "/v1/canon?kind=refusal.summary", { as: "rita" });
    expect(body.records[0].signed.record.payload).toMatchObject({
      byCode: { "licence-missing": 3 },
      byRoute: { "GET /v1/memory": 3 },
    });
  });

  it("a host call without MMF's envelope is refused, whatever it carries", async () => {
    const body = { run: "01900000-0000-7000-8000-000000000000", seq: 0, args: {} };
    for (const options of [{ body }, { body, as: "rita" }, { body, headers: { "sigil-grant": "a.b" } }]) {
      const answer = await stack.ask("POST", "/v1/host/memory.list", options);
      expect([answer.status, answer.body.code]).toEqual([401, "envelope-missing"]);
    }
  });
});
