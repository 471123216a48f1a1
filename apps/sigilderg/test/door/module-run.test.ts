import { newSalt, type RecordDraft, verifyBundle } from "@sigil/canon";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack, type TestModule } from "../stack.ts";

const ALL = ["memory.write", "memory.list", "interaction.log", "audit.emit"].map((name) => ({
  name,
  scope: {},
}));
const CANON = { name: "canon.read", scope: { streams: ["guidance/*"] } };

const output = (verdict: string, context = "[]") =>
  `return { context: ${context}, reasoning: "because", suggestion: "do it", verdict: "${verdict}", confidence: 1 };`;

const MODULES: readonly TestModule[] = [
  {
    id: "scribe",
    capabilities: [...ALL, CANON],
    run: `
      const rule = await ctx.canon.read({ stream: "guidance/one" });
      const { ref } = await ctx.memory.write({ text: "noted " + input.what, tags: ["scribe"] });
      await ctx.memory.list({ limit: 5 });
      await ctx.logInteraction({ said: input.what });
      await ctx.emitAudit({ saw: rule.title });
      ${output("Allow", "[{ ref: rule.ref }, { ref }]")}`,
  },
  {
    id: "hesitant",
    capabilities: ALL,
    run: `await ctx.memory.write({ text: "must not stay" }); ${output("ManualReview")}`,
  },
  {
    id: "forger",
    capabilities: ALL,
    run: `await ctx.memory.write({ text: "must not stay" }); ${output("Allow", '[{ ref: "made-up" }]')}`,
  },
  {
    id: "nosy",
    capabilities: [CANON],
    run: `
      const codes = [];
      const tries = [
        () => ctx.canon.read({ stream: "secret/one" }),
        () => ctx.canon.read({ id: input.id }),
        () => ctx.memory.list(),
        () => ctx.canon.read({ stream: "guidance/one", extra: 1 }),
      ];
      for (const attempt of tries) {
        try { await attempt(); codes.push("done"); } catch (error) { codes.push(error.code); }
      }
      return { context: [], reasoning: codes.join(" "), suggestion: "none", verdict: "Allow", confidence: 1 };`,
  },
  { id: "endless", capabilities: [], run: "for (;;) {}" },
];

const entry = (stream: string): RecordDraft => ({
  id: uuidv7(),
  kind: "canon.entry",
  space: "system",
  stream,
  loa: "Observer",
  author: { principal: "bootstrap", loa: "Root" },
  links: [],
  salt: newSalt(),
  payload: { slug: stream, title: `Title of ${stream}`, text: "Text.", tags: [] },
});

const secret = entry("secret/one");
let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { alice: "Operator", bob: "Operator", olga: "Observer", rita: "Root" },
    services: ["codex-nexus", "sigilderg", "mmf"],
    records: [entry("guidance/one"), secret],
    modules: MODULES,
  });
  await stack.ready();
}, 60_000);
afterAll(() => stack?.close());

const run = (module: string, input: object = {}, as = "alice") =>
  stack.ask("POST", `/v1/modules/${module}/runs`, { as, body: { input } });
const kindsOf = (body: { records: { kind: string }[] }) => body.records.map(({ kind }) => kind);

describe("POST /v1/modules/:id/runs", () => {
  it("an allowed run lands its writes with their decisions, its log, claims, calls, output, chain and outcome", async () => {
    const { status, body } = await run("scribe", { what: "hello" });
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: "done", verdict: "Allow", trust: { allowed: true } });
    expect(kindsOf(body)).toEqual([
      "decision",
      "run.input",
      "decision",
      "memory.block",
      "decision.outcome",
      "decision.batch",
      "run.log",
      "audit.event",
      "run.calls",
      "run.output",
      "chain.frozen",
      "decision.outcome",
    ]);
    const block = body.records.find(({ kind }: { kind: string }) => kind === "memory.block");
    const read = await stack.ask("GET", `/v1/memory/${block.id}`, { as: "alice" });
    expect(read.body).toMatchObject({
      text: "noted hello",
      tags: ["scribe"],
      module: "scribe",
      run: body.run,
    });
    expect(body.output.context[1].ref).toBe(block.id);
    const view = await stack.ask("GET", `/v1/runs/${body.run}`, { as: "alice" });
    expect(view.body).toMatchObject({ run: body.run, status: "done", decision: body.decision });
    expect(kindsOf(view.body)).toEqual(["run.input", "run.calls", "run.output", "chain.frozen"]);
  });

  it("the chain of a run cites what was read by its record hash, and verifies in a bundle", async () => {
    const { body } = await run("scribe", { what: "proof" }, "rita");
    const ids = body.records.map(({ id }: { id: string }) => id);
    const bundle = await stack.ask("POST", "/v1/canon/export", { as: "rita", body: { ids } });
    expect(bundle.status).toBe(200);
    expect(verifyBundle(bundle.body, stack.trust).verdict).toBe("verified");
    const chain = body.records.find(({ kind }: { kind: string }) => kind === "chain.frozen");
    const { body: stored } = await stack.ask("GET", `/v1/canon/${chain.id}`, { as: "rita" });
    const [rule] = stored.signed.record.payload.body.context;
    const cited = await stack.ask("GET", `/v1/canon/${rule.ref}`, { as: "rita" });
    expect(rule.hash).toBe(cited.body.rh);
  });

  it.each([
    ["hesitant", "asks for a review", []],
    ["forger", "cites what no call returned", ["module.violation"]],
  ])("the run of %s, which %s, is held with its records and none of its writes", async (module, _, found) => {
    const { status, body } = await run(module);
    expect(status).toBe(200);
    expect(body).toMatchObject({ status: "held", verdict: "ManualReview" });
    expect(kindsOf(body)).toEqual([
      "decision",
      "run.input",
      "run.calls",
      "run.output",
      "chain.frozen",
      ...found,
      "run.held",
      "decision.outcome",
    ]);
    const { body: memory } = await stack.ask("GET", "/v1/memory", { as: "alice" });
    expect(JSON.stringify(memory)).not.toContain("must not stay");
    const decision = await stack.ask("GET", `/v1/decisions/${body.decision}`, { as: "alice" });
    expect(decision.body.outcome).toMatchObject({ status: "held" });
  });

  it("a module that never ends is stopped, and its run is recorded as failed", async () => {
    const { body } = await run("endless");
    expect(body).toMatchObject({ status: "failed", code: "cpu-limit", verdict: "ManualReview" });
    const decision = await stack.ask("GET", `/v1/decisions/${body.decision}`, { as: "alice" });
    expect(decision.body.outcome).toMatchObject({ status: "failed", code: "cpu-limit" });
  });

  it("a host call outside the module's capabilities and their scope is refused, and the run learns why", async () => {
    const { body } = await run("nosy", { id: secret.id });
    expect(body.output.reasoning).toBe(
      "capability-denied capability-missing capability-denied host-call-invalid",
    );
  });

  it("a run belongs to its principal: to others it is not there, and neither are its texts", async () => {
    const { body } = await run("scribe", { what: "mine" });
    expect((await stack.ask("GET", `/v1/runs/${body.run}`, { as: "bob" })).status).toBe(404);
    const input = body.records.find(({ kind }: { kind: string }) => kind === "run.input");
    expect((await stack.ask("GET", `/v1/canon/${input.id}`, { as: "rita" })).status).toBe(404);
    const listed = await stack.ask("GET", `/v1/canon?stream=run/${body.run}`, { as: "rita" });
    const kinds = listed.body.records.map(
      (stored: { signed: { record: { kind: string } } }) => stored.signed.record.kind,
    );
    expect(kinds).toEqual(["chain.frozen"]);
  });

  it("a module that genesis does not register does not run, and the refusal is recorded", async () => {
    const { status, body } = await run("unheard-of");
    expect([status, body.code]).toEqual([403, "module-unregistered"]);
    const decision = await stack.ask("GET", `/v1/decisions/${body.decisionId}`, { as: "alice" });
    expect(decision.body.outcome).toMatchObject({ status: "failed", code: "module-unregistered" });
  });

  it("an Observer may not run a module", async () => {
    const { status, body } = await run("scribe", { what: "x" }, "olga");
    expect([status, body.code]).toEqual([403, "level-too-low"]);
  });

  it("GET /v1/modules lists what is hosted and registered", async () => {
    const { body } = await stack.ask("GET", "/v1/modules", { as: "olga" });
    expect(body.modules.map(({ id }: { id: string }) => id).sort()).toEqual(
      MODULES.map(({ id }) => id).sort(),
    );
  });

  it("an input that its record does not hold is refused by name, and the decision says so", async () => {
    let deep: unknown = {};
    for (let level = 0; level < 30; level += 1) deep = { deep };
    const asked = [
      [{ what: "x".repeat(1_100_000) }, 413, "record-too-large"],
      [deep, 422, "record-invalid"],
    ] as const;
    for (const [input, status, code] of asked) {
      const refused = await stack.ask("POST", "/v1/modules/scribe/runs", { as: "alice", body: { input } });
      expect([refused.status, refused.body.code]).toEqual([status, code]);
      const found = await stack.ask("GET", `/v1/decisions/${refused.body.decisionId}`, { as: "alice" });
      expect(found.body.outcome).toMatchObject({ status: "failed", code });
    }
  });
});
