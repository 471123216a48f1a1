import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Answer, Stack } from "../stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { alice: "Operator" },
    services: ["codex-nexus", "sigilderg", "mmf"],
    modules: [
      {
        id: "endless",
        capabilities: [],
        run: "for (;;) {}",
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
const write = () =>
  stack.ask("POST", "/v1/memory", { as: "alice", body: { kind: "episodic", text: "a note" } });

/** What became of the newest run of whose input there is a record. */
async function lastOutcome(): Promise<{ status: string; code?: string }> {
  const { body } = await stack.ask("GET", "/v1/canon?kind=run.input&limit=1", { as: "alice" });
  const { decision } = body.records[0].signed.record.author;
  return (await stack.ask("GET", `/v1/decisions/${decision}`, { as: "alice" })).body.outcome;
}

async function timed(work: () => Promise<Answer>): Promise<Answer & { ms: number }> {
  const start = performance.now();
  return { ...(await work()), ms: performance.now() - start };
}

describe("a halted MMF", () => {
  it("ends a run in flight as unknown, and then refuses at once until it goes on", async () => {
    const inFlight = timed(() => run("endless"));
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    stack.signal("mmf", "SIGSTOP");
    try {
      // Far below the 75 s that a run may be open.
      const ended = await inFlight;
      expect([ended.status, ended.body.code]).toEqual([503, "peer-unavailable"]);
      expect(ended.ms).toBeLessThan(30_000);
      expect(await lastOutcome()).toMatchObject({ status: "unknown", code: "peer-timeout" });
      const refused = await timed(() => run("quick"));
      expect([refused.status, refused.body.code]).toEqual([503, "peer-unavailable"]);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      expect(refused.body.remedy).toContain("/readyz");
      expect(refused.ms).toBeLessThan(2_500);
      expect(await lastOutcome()).toMatchObject({ status: "failed", code: "peer-halted" });
      expect((await write()).status).toBe(201);
    } finally {
      stack.signal("mmf", "SIGCONT");
    }
    await stack.ready();
    await expect.poll(async () => (await run("quick")).body.status, { timeout: 30_000 }).toBe("done");
  }, 90_000);
});

describe("a halted Codex Nexus", () => {
  it("refuses writes and reads at once with Retry-After, and heals by itself", async () => {
    stack.signal("codex-nexus", "SIGSTOP");
    try {
      await expect.poll(async () => (await timed(write)).ms, { timeout: 40_000 }).toBeLessThan(1_000);
      const refused = await write();
      expect([refused.status, refused.body.code]).toEqual([503, "audit-unavailable"]);
      expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
      const read = await timed(() => stack.ask("GET", "/log/checkpoint"));
      expect([read.status, read.body.code]).toEqual([503, "peer-unavailable"]);
      expect(read.ms).toBeLessThan(2_500);
    } finally {
      stack.signal("codex-nexus", "SIGCONT");
    }
    await stack.ready();
    expect((await write()).status).toBe(201);
  }, 90_000);
});
