import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

const ALLOW =
  'return { context: [], reasoning: codes.join(" ") || "r", suggestion: "s", verdict: "Allow", confidence: 1 };';

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { alice: "Operator" },
    services: ["codex-nexus", "sigilderg", "mmf"],
    modules: [
      {
        id: "slow",
        capabilities: [{ name: "interaction.log", scope: {} }],
        run: `const codes = []; await ctx.logInteraction({ started: true });
          for (let i = 0; i < 6e6; i += 1) {} ${ALLOW}`,
        limits: { cpuMs: 20_000, wallMs: 20_000 },
      },
      {
        id: "greedy",
        capabilities: ["memory.write", "interaction.log", "audit.emit"].map((name) => ({ name, scope: {} })),
        run: `const codes = [];
          const wide = "\\u4e16".repeat(21_500);
          const attempt = async (work) => {
            try { await work(); codes.push("done"); } catch (error) { codes.push(error.code); }
          };
          await attempt(() => ctx.memory.write({ text: wide }));
          await attempt(() => ctx.emitAudit({ wide }));
          let deep = {};
          for (let i = 0; i < 29; i += 1) deep = { deep };
          await attempt(() => ctx.logInteraction(deep));
          for (let i = 0; i < 5; i += 1) await attempt(() => ctx.logInteraction({ wide }));
          ${ALLOW}`,
        limits: { cpuMs: 20_000, wallMs: 20_000 },
      },
    ],
  });
  await stack.ready();
}, 60_000);
afterAll(() => stack?.close());

const run = (module: string) =>
  stack.ask("POST", `/v1/modules/${module}/runs`, { as: "alice", body: { input: {} } });

describe("the end of a run", () => {
  it("is recorded though its caller has used every idempotency key that names the run", async () => {
    const answer = run("slow");
    const found = async () =>
      (await stack.ask("GET", "/v1/canon?kind=run.input&limit=1", { as: "alice" })).body.records[0];
    await expect.poll(found, { timeout: 10_000, interval: 5 }).toBeDefined();
    const { author } = (await found()).signed.record;
    for (const id of [author.run, author.decision])
      await stack.ask("POST", "/v1/memory", {
        as: "alice",
        body: { kind: "episodic", text: "taken" },
        headers: { "idempotency-key": `end-${id}` },
      });
    expect((await answer).body).toMatchObject({ status: "done" });
    const { body } = await stack.ask("GET", `/v1/decisions/${author.decision}`, { as: "alice" });
    expect(body.outcome).toMatchObject({ status: "done" });
    await stack.ready();
  });

  it("is recorded though the module asked for more than its records can hold: each such call is refused", async () => {
    const { status, body } = await run("greedy");
    expect([status, body.status]).toEqual([200, "done"]);
    const codes = body.output.reasoning.split(" ");
    expect(codes).toEqual([
      "record-too-large",
      "record-too-large",
      "argument-invalid",
      ...["done", "done", "done", "done"],
      "record-too-large",
    ]);
    expect(body.records.map(({ kind }: { kind: string }) => kind)).toContain("run.log");
  });
});
