import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack, type TestModule } from "../stack.ts";

const MODULES: readonly TestModule[] = [
  {
    id: "diviner",
    capabilities: ["memory.list", "memory.write"].map((name) => ({ name, scope: {} })),
    run: `
      const { items } = await ctx.memory.list({ limit: 3 });
      const { ref } = await ctx.memory.write({ text: "drew " + Math.random() });
      const reasoning = JSON.stringify([items, Date.now(), Math.random(), input]);
      return { context: [{ ref }], reasoning, suggestion: "s", verdict: input.what ?? "Allow", confidence: 1 };`,
  },
  { id: "broken", capabilities: [], run: "throw new TypeError(input.what)" },
];

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { alice: "Operator", bob: "Operator", lena: "Operator", olga: "Observer", rita: "Root" },
    services: ["codex-nexus", "sigilderg", "mmf"],
    modules: MODULES,
  });
  await stack.ready();
}, 60_000);
afterAll(() => stack?.close());

const run = async (module: string, input: object = {}, as = "alice") =>
  (await stack.ask("POST", `/v1/modules/${module}/runs`, { as, body: { input } })).body;
const replay = (id: string, as = "alice") => stack.ask("POST", `/v1/runs/${id}/replay`, { as });
const size = async () => (await stack.ask("GET", "/v1/checkpoint")).body as { size: number };

describe("POST /v1/runs/:id/replay", () => {
  it("a run with memory, clock and randomness comes out again, and only decision and outcome are written", async () => {
    await stack.ask("POST", "/v1/memory", { as: "alice", body: { kind: "episodic", text: "ü \u0001 z" } });
    const ran = await run("diviner", { what: "Allow", id: "before what" });
    // What the run read is another thing by now: the replay reads what was recorded.
    await stack.ask("POST", "/v1/memory", { as: "alice", body: { kind: "episodic", text: "later" } });
    const before = await size();
    const { status, body } = await replay(ran.run);
    expect([status, body.verdict, body.hostCalls]).toEqual([200, "Allow", 2]);
    const hashOf = (kind: string) =>
      ran.records.find((record: { kind: string }) => record.kind === kind).hash;
    expect([body.output, body.chain]).toEqual([hashOf("run.output"), hashOf("chain.frozen")]);
    const decision = await stack.ask("GET", `/v1/decisions/${body.decision}`, { as: "alice" });
    expect(decision.body).toMatchObject({ outcome: { status: "done", effects: [] } });
    // Beside the two there is at most the batch of decisions about reading.
    expect((await size()).size - before.size).toBeLessThanOrEqual(3);
  });

  it("a run that failed, and a held one, are replayed to the same verdict", async () => {
    const [ended, held] = [await run("broken", { what: "you" }), await run("diviner", { what: "Defer" })];
    expect((await replay(ended.run)).body).toMatchObject({ verdict: "ManualReview", hostCalls: 0 });
    expect((await replay(held.run)).body).toMatchObject({ verdict: "Defer", hostCalls: 2 });
  });

  it("another's run is not there, an Observer replays nothing, and neither is a run that never was", async () => {
    const { run: id } = await run("diviner");
    expect((await replay(id, "bob")).body).toMatchObject({ code: "not-found" });
    expect((await replay(id, "rita")).body).toMatchObject({ code: "not-found" });
    expect((await replay(id, "olga")).body).toMatchObject({ code: "level-too-low" });
    const { body } = await replay("01900000-0000-7000-8000-000000000000");
    expect(body.code).toBe("not-found");
    const decision = await stack.ask("GET", `/v1/decisions/${body.decisionId}`, { as: "alice" });
    expect(decision.body.outcome).toMatchObject({ status: "failed", code: "not-found" });
  });

  it("a run whose texts are erased answers replay-not-recorded, and says what is gone", async () => {
    const { run: id } = await run("diviner");
    const erased = await stack.ask("POST", "/v1/erasures", {
      as: "rita",
      body: { principal: "alice", preview: false, complete: false },
    });
    expect(erased.body.kinds["run.calls"]).toBeGreaterThan(0);
    const { status, body } = await replay(id);
    expect([status, body.code]).toEqual([409, "replay-not-recorded"]);
    expect(body.detail).toContain("run.input, run.calls, run.output are erased");
  });

  it("a replay without the package that ran is refused by name, and the decision has failed", async () => {
    const { run: id } = await run("diviner");
    await stack.stopService("mmf");
    await stack.serve("mmf", ["mmf.modules_dir="]);
    await stack.ready();
    const { status, body } = await replay(id);
    expect([status, body.code]).toEqual([409, "replay-module-absent"]);
    const decision = await stack.ask("GET", `/v1/decisions/${body.decisionId}`, { as: "alice" });
    expect(decision.body.outcome).toMatchObject({ status: "failed", code: "replay-module-absent" });
  });
});

describe("GET /v1/runs", () => {
  const list = async (query: string, as = "lena") =>
    (await stack.ask("GET", `/v1/runs?${query}`, { as })).body;
  const idsOf = (page: { runs: { run: string }[] }) => page.runs.map(({ run: id }) => id);

  it("lists one's own runs once each, newest first, by page and filter, also when their texts are erased", async () => {
    await stack.stopService("mmf");
    await stack.serve("mmf");
    await stack.ready();
    const made: { run: string }[] = [];
    for (const what of ["Allow", "Defer", "Deny"]) made.push(await run("diviner", { what }, "lena"));
    made.push(await run("broken", { what: "you" }, "lena"));
    const newest = made.map(({ run: id }) => id).toReversed();
    const whole = await list("limit=50");
    expect(idsOf(whole)).toEqual(newest);
    expect(whole.runs.map(({ status }: { status: string }) => status)).toEqual([
      "failed",
      "denied",
      "held",
      "done",
    ]);
    expect(whole.runs[0]).toMatchObject({ code: "guest-error", verdict: "ManualReview", principal: "lena" });
    const paged: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page = await list(`limit=1${cursor === "" ? "" : `&cursor=${cursor}`}`);
      paged.push(...idsOf(page));
      cursor = page.next;
    }
    expect(paged).toEqual(newest);
    expect(idsOf(await list("status=held"))).toEqual([newest[2]]);
    expect(idsOf(await list("module=broken"))).toEqual([newest[0]]);
    expect((await list("status=held&cursor=x")).code).toBe("cursor-invalid");
    expect(idsOf(await list("limit=50", "bob"))).toEqual([]);
    const erasure = { principal: "lena", preview: false, complete: false };
    await stack.ask("POST", "/v1/erasures", { as: "rita", body: erasure });
    expect(idsOf(await list("limit=50"))).toEqual(newest);
  });
});
