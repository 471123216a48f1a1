import { ACTIONS } from "@sigil/policy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack, type TestModule } from "../stack.ts";

const WRITES = ["memory.write", "memory.list"].map((name) => ({ name, scope: {} }));
const body = (text: string) => `
  const first = await ctx.memory.write({ text: "${text} " + input.what, tags: ["asked"] });
  await ctx.memory.list({ limit: 3 });
  const second = await ctx.memory.write({ text: "drew " + Math.random(), type: "semantic" });
  const said = { reasoning: "because of " + input.what, suggestion: "keep it", confidence: 0.5 };
  return { context: [{ ref: first.ref }, { ref: second.ref }], verdict: input.id ?? "ManualReview", ...said };`;
const MODULES: readonly TestModule[] = ["hesitant", "doomed"].map((id) => ({
  id,
  capabilities: WRITES,
  run: body(id),
}));

const OPERATORS = ["alice", "bob", "carol", "dora", "erin", "fay"];
let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: {
      ...Object.fromEntries(OPERATORS.map((name) => [name, "Operator" as const])),
      ...{ mona: "Mentor", max: "Mentor", rita: "Root" },
    },
    services: ["codex-nexus", "sigilderg", "mmf"],
    modules: MODULES,
  });
  await stack.ready();
}, 60_000);
afterAll(() => stack?.close());

const run = async (as: string, what: string, verdict = "ManualReview", module = "hesitant") =>
  (
    await stack.ask("POST", `/v1/modules/${module}/runs`, {
      as,
      body: { input: { what, id: verdict } },
    })
  ).body;
const decide = (as: string, id: string, verdict: "approved" | "denied", reason = "looked at it") =>
  stack.ask("POST", `/v1/reviews/${id}/decision`, { as, body: { verdict, reason } });
const waiting = async (as = "mona", query = "?limit=200"): Promise<string[]> =>
  (await stack.ask("GET", `/v1/reviews${query}`, { as })).body.runs.map((each: { run: string }) => each.run);
const texts = async (as: string): Promise<string[]> =>
  (await stack.ask("GET", "/v1/memory?limit=200", { as })).body.blocks.map(
    (block: { text: string }) => block.text,
  );
const view = async (as: string, id: string) => (await stack.ask("GET", `/v1/runs/${id}`, { as })).body;
const outcomeOf = async (decision: string) =>
  (await stack.ask("GET", `/v1/decisions/${decision}`, { as: "mona" })).body.outcome;

describe("a held run", () => {
  it("waits for a Mentor, who sees why it is held, what it read, said and asked to have written", async () => {
    const held = await run("alice", "doubts");
    expect(held).toMatchObject({ status: "held", verdict: "ManualReview" });
    expect((await stack.ask("GET", "/v1/reviews", { as: "bob" })).body.code).toBe("level-too-low");
    expect((await decide("bob", held.run, "approved")).body.code).toBe("level-too-low");
    expect(await waiting("mona", "?principal=alice&module=hesitant")).toEqual([held.run]);
    expect(await waiting("mona", "?principal=bob")).toEqual([]);
    const { body: shown } = await stack.ask("GET", `/v1/reviews/${held.run}`, { as: "mona" });
    expect(shown).toMatchObject({
      ...{ run: held.run, principal: "alice", loa: "Operator", status: "held", review: null, writes: 2 },
      ...{ verdict: "ManualReview", moduleVerdict: "ManualReview", reasons: [] },
      input: { what: "doubts" },
      output: { reasoning: "because of doubts", suggestion: "keep it" },
      blocks: [
        { id: held.output.context[0].ref, text: "hesitant doubts", tags: ["asked"], kind: "episodic" },
        { id: held.output.context[1].ref, kind: "semantic" },
      ],
    });
    const { body: listed } = await stack.ask("GET", "/v1/audit?action=review.read&limit=1", { as: "mona" });
    expect(listed.entries[0]).toMatchObject({ recorded: "durable", outcome: { status: "done" } });
    expect(await view("alice", held.run)).toMatchObject({ status: "held", review: null });
    expect((await stack.ask("GET", `/v1/runs/${held.run}`, { as: "mona" })).status).toBe(404);
  });

  it("that is approved is replayed, and its writes land with their decisions and the review in one batch", async () => {
    const held = await run("bob", "approval", "Defer");
    expect(await texts("bob")).toEqual([]);
    const { status, body: decided } = await decide("mona", held.run, "approved", "it is right");
    expect([status, decided.writes.length]).toEqual([200, 2]);
    expect(decided.writes.map(({ id }: { id: string }) => id)).toEqual(
      held.output.context.map(({ ref }: { ref: string }) => ref),
    );
    expect((await texts("bob")).toSorted()[1]).toBe("hesitant approval");
    const indexes = [...decided.writes.map(({ index }: { index: number }) => index), decided.index];
    expect(Math.max(...indexes) - Math.min(...indexes)).toBeLessThan(8);
    const [block] = decided.writes;
    const { body: stored } = await stack.ask("GET", `/v1/canon/${block.id}`, { as: "bob" });
    const { author } = stored.signed.record;
    expect(author).toMatchObject({ principal: "bob", module: "hesitant", run: held.run });
    const { body: write } = await stack.ask("GET", `/v1/decisions/${author.decision}`, { as: "bob" });
    expect(write).toMatchObject({
      body: { action: "memory.write", principal: "bob", run: held.run, verdict: "allow" },
      outcome: { status: "done", effects: [{ id: block.id }] },
    });
    const effects = [...held.output.context.map(({ ref }: { ref: string }) => ref), decided.record];
    const { effects: bound } = await outcomeOf(decided.decision);
    expect(bound.map(({ id }: { id: string }) => id)).toEqual(effects);
    expect(await view("bob", held.run)).toMatchObject({
      status: "approved",
      review: { verdict: "approved", by: "mona", reason: "it is right", decision: decided.decision },
    });
    expect(await waiting()).not.toContain(held.run);
  });

  it("is decided once: another decision is refused by name, and of ten at once one has an effect", async () => {
    const held = await run("carol", "once");
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        decide(at % 2 === 0 ? "mona" : "max", held.run, at % 3 === 0 ? "denied" : "approved"),
      ),
    );
    const codes = answers.map(({ status, body: { code } }) => code ?? status).toSorted();
    expect(codes).toEqual([200, ...Array.from({ length: 9 }, () => "review-decided")]);
    const won = answers.find(({ status }) => status === 200)?.body;
    expect(await texts("carol")).toHaveLength(won.verdict === "approved" ? 2 : 0);
    const again = await decide("max", held.run, "approved");
    expect([again.status, again.body.code]).toEqual([409, "review-decided"]);
    expect(again.body.detail).toContain(`${won.verdict} by`);
    expect(await outcomeOf(again.body.decisionId)).toMatchObject({
      status: "failed",
      code: "review-decided",
    });
  });

  it("that is denied writes nothing, ever", async () => {
    const held = await run("dora", "denial");
    expect((await decide("max", held.run, "denied", "no")).body).toMatchObject({
      verdict: "denied",
      writes: [],
    });
    expect((await decide("mona", held.run, "approved")).body.code).toBe("review-decided");
    expect(await texts("dora")).toEqual([]);
    expect(await view("dora", held.run)).toMatchObject({
      status: "denied",
      review: { by: "max", reason: "no" },
    });
  });

  it("is not decided by whoever ran it, nor by a reviewer below its level, nor without a reason", async () => {
    const own = await run("mona", "mine");
    for (const verdict of ["approved", "denied"] as const)
      expect((await decide("mona", own.run, verdict)).body).toMatchObject({
        code: "review-own",
        status: 403,
      });
    expect((await decide("max", own.run, "approved")).status).toBe(200);
    const roots = await run("rita", "above");
    expect(await waiting("max")).not.toContain(roots.run);
    expect((await stack.ask("GET", `/v1/reviews/${roots.run}`, { as: "max" })).status).toBe(404);
    expect((await decide("max", roots.run, "approved")).body.code).toBe("not-found");
    expect((await decide("max", own.run, "approved", "  ")).body.code).toBe("body-invalid");
    expect((await decide("max", "01900000-0000-7000-8000-000000000000", "denied")).body.code).toBe(
      "not-found",
    );
  });

  it("is none when its verdict is Deny: that is the last word", async () => {
    const denied = await run("erin", "refusal", "Deny");
    expect(denied).toMatchObject({ status: "held", verdict: "Deny" });
    expect(await waiting()).not.toContain(denied.run);
    expect(await view("erin", denied.run)).toMatchObject({ status: "denied", verdict: "Deny", review: null });
    expect((await decide("mona", denied.run, "approved")).body.code).toBe("not-found");
  });

  it("outlives a restart of everything at each step", async () => {
    const held = await run("erin", "a restart");
    const restart = async () => {
      for (const service of ["sigilderg", "mmf", "codex-nexus"]) await stack.stopService(service, "SIGKILL");
      for (const service of ["codex-nexus", "sigilderg", "mmf"]) await stack.serve(service);
      await stack.ready();
    };
    await restart();
    expect(await waiting()).toContain(held.run);
    expect((await decide("mona", held.run, "approved")).body.writes).toHaveLength(2);
    await restart();
    expect(await waiting()).not.toContain(held.run);
    expect(await view("erin", held.run)).toMatchObject({ status: "approved" });
    expect(await texts("erin")).toHaveLength(2);
    expect((await decide("max", held.run, "denied")).body.code).toBe("review-decided");
  }, 120_000);
});

describe("an approval decides again for caller, module and grant as they stand", () => {
  const expectRefused = async (id: string, reason: string) => {
    const { status, body: problem } = await decide("mona", id, "approved");
    expect([status, problem.code, problem.detail.split(":")[0]]).toEqual([409, "resume-refused", reason]);
    expect(await outcomeOf(problem.decisionId)).toMatchObject({
      status: "failed",
      code: reason,
      effects: [],
    });
    expect(await waiting()).toContain(id);
  };

  it("a level that was lowered since refuses it by name", async () => {
    const held = await run("alice", "lowered");
    const lower = await stack.home.sign(stack.home.claims("alice", "Observer"));
    const issued = await stack.ask("POST", "/v1/licences", { as: "rita", body: { licence: lower } });
    expect(issued.status).toBe(201);
    await expectRefused(held.run, "level-too-low");
    expect(await decide("mona", held.run, "denied")).toMatchObject({ status: 200 });
  });

  it("a licence that was revoked since refuses it by name", async () => {
    const held = await run("fay", "revoked");
    const { jti } = stack.claimsOf("fay");
    await stack.ask("POST", `/v1/licences/${jti}/revocation`, { as: "rita", body: { reason: "gone" } });
    await expectRefused(held.run, "licence-revoked");
  });

  it("texts that were erased since leave nothing to replay: it is refused by name, and may be denied", async () => {
    const held = await run("dora", "erased");
    const erasure = { principal: "dora", preview: false, complete: false };
    await stack.ask("POST", "/v1/erasures", { as: "rita", body: erasure });
    expect((await decide("mona", held.run, "approved")).body.code).toBe("replay-not-recorded");
    const { body: shown } = await stack.ask("GET", `/v1/reviews/${held.run}`, { as: "mona" });
    expect(shown).toMatchObject({ input: null, output: null, blocks: [], writes: 2 });
    expect((await decide("mona", held.run, "denied")).status).toBe(200);
  });

  it("a module that was revoked since refuses it by name", async () => {
    const held = await run("bob", "module", "ManualReview", "doomed");
    const { body: listed } = await stack.ask("GET", "/v1/modules", { as: "bob" });
    const { digest } = listed.modules.find(({ id }: { id: string }) => id === "doomed");
    const change = { id: "doomed", digest, reason: "a flaw" };
    const revoked = await stack.ask("POST", "/v1/modules/revocations", { as: "rita", body: change });
    expect(revoked.status).toBe(201);
    await expectRefused(held.run, "module-revoked");
  });

  it("a policy that was changed since refuses it by name", async () => {
    const held = await run("bob", "policy");
    const rows = ACTIONS.map((row) =>
      row.action === "memory.write" ? { ...row, least: "Mentor" as const } : row,
    );
    const changed = await stack.ask("POST", "/v1/policy", { as: "rita", body: { rows, reason: "stricter" } });
    expect(changed.status).toBe(201);
    await expectRefused(held.run, "level-too-low");
  });
});
