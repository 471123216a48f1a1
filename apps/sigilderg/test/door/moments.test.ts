import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LossyLink } from "../lossy-link.ts";
import { runService } from "../processes.ts";
import { type Answer, Stack } from "../stack.ts";

// What a caller is told, and what is recorded, when a service behind is killed or halted at a moment of a request.

const ALLOW = 'return { context: [], reasoning: "r", suggestion: "s", verdict: "Allow", confidence: 1 };';

let stack: Stack;
let link: LossyLink;
beforeAll(async () => {
  stack = await Stack.start({
    people: { alice: "Operator" },
    services: ["codex-nexus", "mmf"],
    modules: [
      { id: "quick", capabilities: [], run: ALLOW },
      {
        id: "slow",
        capabilities: [{ name: "interaction.log", scope: {} }],
        run: `await ctx.logInteraction({ started: true }); for (let i = 0; i < 12e6; i += 1) {} ${ALLOW}`,
        limits: { cpuMs: 20_000, wallMs: 20_000 },
      },
    ],
  });
  link = await LossyLink.to(stack.ports["codex-nexus"]);
  await stack.serve("sigilderg", [`codex_nexus.port=${link.port}`]);
  await stack.ready();
}, 60_000);
afterAll(async () => {
  link?.close();
  await stack?.close();
});

const APPEND = "POST /v1/records HTTP";
const write = (text: string, key?: string) =>
  stack.ask("POST", "/v1/memory", {
    as: "alice",
    body: { kind: "episodic", text, tags: [text] },
    ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
  });
const run = (module: string, signal?: AbortSignal) =>
  stack.ask("POST", `/v1/modules/${module}/runs`, { as: "alice", body: { input: {} }, signal });
const blocks = async (text: string): Promise<number> =>
  (await stack.ask("GET", `/v1/memory?tag=${text}`, { as: "alice" })).body.blocks.length;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function revive(service: string): Promise<void> {
  await stack.stopService(service, "SIGKILL");
  await stack.serve(service);
  await stack.ready();
}

const inputs = async (): Promise<string[]> => {
  const { body } = await stack.ask("GET", "/v1/canon?kind=run.input&limit=50", { as: "alice" });
  return body.records.map(
    (found: { signed: { record: { author: { decision: string } } } }) => found.signed.record.author.decision,
  );
};
const outcomeOf = async (decision: string | undefined) =>
  (await stack.ask("GET", `/v1/decisions/${decision}`, { as: "alice" })).body.outcome;

/** Refused because nothing could be recorded: one code, a time to come back, and no decision that no record holds. */
function expectUnrecorded({ status, headers, body }: Answer): void {
  expect([status, body.code]).toEqual([503, "audit-unavailable"]);
  expect(headers.get("retry-after")).toMatch(/^[1-9]/);
  expect([body.decisionId, headers.get("sigil-decision")]).toEqual([undefined, null]);
}

describe("a store that answers late", () => {
  it("makes callers wait, side by side, and does nothing twice or by halves", async () => {
    link.delay(600);
    const began = performance.now();
    const answers = await Promise.all(["late-a", "late-b", "late-c"].map((text) => write(text, `k-${text}`)));
    const took = performance.now() - began;
    link.delay(0);
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201]);
    expect(took).toBeGreaterThanOrEqual(600);
    for (const text of ["late-a", "late-b", "late-c"]) {
      expect((await write(text, `k-${text}`)).body.replayed).toBe(true);
      expect(await blocks(text)).toBe(1);
    }
    for (const { body } of answers) expect(await outcomeOf(body.decision)).toMatchObject({ status: "done" });
    const { status } = await fetch(`${stack.url}/readyz`);
    expect(status).toBe(200);
  });
});

describe("Codex Nexus killed", () => {
  it("before it has read a write leaves nothing of it, and the same key lands it once afterwards", async () => {
    stack.signal("codex-nexus", "SIGSTOP");
    const [bare, keyed] = [write("before-bare"), write("before-keyed", "k-before")];
    await pause(200);
    await stack.stopService("codex-nexus", "SIGKILL");
    for (const answer of [await bare, await keyed]) expectUnrecorded(answer);
    await stack.redFor("codex-nexus-unreachable");
    await revive("codex-nexus");
    expect([await blocks("before-bare"), await blocks("before-keyed")]).toEqual([0, 0]);
    expect((await write("before-keyed", "k-before")).status).toBe(201);
    expect(await blocks("before-keyed")).toBe(1);
  });

  it.each([0, 3, 6, 12])(
    "%i ms into a write leaves all of it or nothing, and the same key ends at exactly one block",
    async (ms) => {
      const text = `during-${ms}`;
      const asked = write(text, text);
      await pause(ms);
      await revive("codex-nexus");
      const { status, body } = await asked;
      const acknowledged = status === 201;
      expect([201, "audit-unavailable"]).toContain(acknowledged ? status : body.code);
      expect(await blocks(text)).toBeGreaterThanOrEqual(Number(acknowledged));
      expect([200, 201]).toContain((await write(text, text)).status);
      expect(await blocks(text)).toBe(1);
    },
  );

  it("after its commit, its answers lost, is asked again under the key and answers the first write", async () => {
    link.lose(APPEND, 2, "k-after");
    const answer = await write("after", "k-after");
    expectUnrecorded(answer);
    await revive("codex-nexus");
    const again = await write("after", "k-after");
    expect([again.status, again.body.replayed]).toEqual([200, true]);
    expect(await blocks("after")).toBe(1);
    expect(await outcomeOf(again.body.decision)).toMatchObject({ status: "done" });
  });

  it("at the first append of a run gives the run a failed outcome, and the module never starts", async () => {
    const before = await inputs();
    link.lose(APPEND, 1, "run.input");
    const answer = run("quick");
    await expect.poll(() => link.lost, { timeout: 5_000, interval: 2 }).toBeGreaterThan(2);
    await revive("codex-nexus");
    expectUnrecorded(await answer);
    const [decision] = (await inputs()).filter((id) => !before.includes(id));
    await expect
      .poll(() => outcomeOf(decision), { timeout: 5_000 })
      .toMatchObject({
        status: "failed",
        code: "audit-unavailable",
      });
  });

  it("while a run works keeps the end of the run until it is back, and then records it as done", async () => {
    const before = await inputs();
    const answer = run("slow");
    await expect.poll(async () => (await inputs()).length, { timeout: 10_000 }).toBe(before.length + 1);
    const [decision] = (await inputs()).filter((id) => !before.includes(id));
    await stack.stopService("codex-nexus", "SIGKILL");
    const told = await answer;
    expect([told.status, told.body.code]).toEqual([503, "audit-unavailable"]);
    expect(told.body.decisionId).toBe(decision);
    await stack.redFor("runs-unsettled");
    await revive("codex-nexus");
    expect(await outcomeOf(decision)).toMatchObject({ status: "done" });
  });

  it("at the end of a run, its answer lost, records the end once", async () => {
    const before = await inputs();
    const answer = run("slow");
    await expect.poll(async () => (await inputs()).length, { timeout: 10_000 }).toBe(before.length + 1);
    const [decision] = (await inputs()).filter((id) => !before.includes(id));
    link.lose(APPEND, Number.POSITIVE_INFINITY);
    expect((await answer).body.code).toBe("audit-unavailable");
    link.lose(APPEND, 0);
    await revive("codex-nexus");
    expect(await outcomeOf(decision)).toMatchObject({ status: "done" });
  });
});

describe("a service that is there and does not answer", () => {
  it("Codex Nexus: the door answers within its deadline, /readyz is red, and it heals without a restart", async () => {
    stack.signal("codex-nexus", "SIGSTOP");
    const began = performance.now();
    const asked = [write("stalled", "k-stalled"), run("quick")];
    await stack.redFor("codex-nexus-unreachable");
    const read = await stack.ask("GET", "/v1/memory", { as: "alice" });
    expect([503, 504]).toContain(read.status);
    for (const answer of await Promise.all(asked)) expectUnrecorded(answer);
    expect(performance.now() - began).toBeLessThan(25_000);
    stack.signal("codex-nexus", "SIGCONT");
    await stack.ready();
    expect([200, 201]).toContain((await write("stalled", "k-stalled")).status);
    expect(await blocks("stalled")).toBe(1);
    expect((await run("quick")).body.status).toBe("done");
  }, 40_000);

  it("MMF: as many runs wait as may be open, the next names no decision, and those whose callers leave have failed", async () => {
    const before = await inputs();
    stack.signal("mmf", "SIGSTOP");
    // Before the probes have found it halted: from then on runs are refused at once.
    const leave = new AbortController();
    const waiting = Array.from({ length: 32 }, () => run("quick", leave.signal).catch(() => "left"));
    await expect.poll(async () => (await inputs()).length - before.length, { timeout: 10_000 }).toBe(32);
    const refused = await run("quick");
    expect([refused.status, refused.body.code]).toEqual([503, "runners-busy"]);
    expect(refused.headers.get("retry-after")).toMatch(/^[1-9]/);
    expect([refused.body.decisionId, refused.headers.get("sigil-decision")]).toEqual([undefined, null]);
    leave.abort();
    await stack.redFor("mmf-unreachable");
    expect(new Set(await Promise.all(waiting))).toEqual(new Set(["left"]));
    const begun = (await inputs()).filter((id) => !before.includes(id));
    for (const decision of begun) {
      await expect
        .poll(() => outcomeOf(decision), { timeout: 5_000 })
        .toMatchObject({
          status: "failed",
          code: "caller-gone",
        });
    }
    stack.signal("mmf", "SIGCONT");
    await stack.ready();
    expect((await run("quick")).body.status).toBe("done");
  }, 30_000);
});

describe("after all of it", () => {
  it("no run is without an outcome, and the log verifies", async () => {
    for (const decision of await inputs()) expect(await outcomeOf(decision)).toMatchObject({ decision });
    for (const service of ["sigilderg", "mmf", "codex-nexus"]) await stack.stopService(service);
    const report = await runService("codex-nexus", ["verify", "--home", stack.home.path]);
    expect(JSON.parse(report.trim().split("\n").at(-1) ?? "")).toMatchObject({ ok: true });
  });
});
