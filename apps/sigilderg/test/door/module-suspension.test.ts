import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack, type TestModule } from "../stack.ts";

/** Does as its input says; each way but the first two breaks a rule, or lets the caller break one. */
const FAULTY = `
  const output = { context: [], reasoning: "r", suggestion: "s", verdict: "Allow", confidence: 1 };
  switch (input.what) {
    case "deny": return { ...output, verdict: "Deny" };
    case "throw": throw new Error("the text of a user");
    case "forge": return { ...output, context: [{ ref: "made-up" }] };
    case "silent": return { ...output, reasoning: "" };
    case "write": await ctx.memory.write({ text: "x" }); return output;
    case "until refused": for (;;) {
      try { await ctx.memory.list({ limit: 1 }); } catch { return output; }
      for (let i = 0; i < 1e7; i++);
    }
    default: return output;
  }`;
const memory = ["memory.write", "memory.list"].map((name) => ({ name, scope: {} }));
const limits = { cpuMs: 30_000, wallMs: 60_000 };
const faulty = (id: string): TestModule => ({ id, capabilities: memory, run: FAULTY, limits });

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { guest: "Guest", olga: "Observer", alice: "Operator", bob: "Operator", rita: "Root" },
    services: ["codex-nexus", "mmf", "sigilderg"],
    settings: ["sigilderg.module_violations=3", "mmf.runners=4"],
    modules: ["brittle", "unlucky", "racing", "busy"].map(faulty),
  });
  await stack.ready();
}, 60_000);
afterAll(() => stack?.close());

/** What the run of a module came to: its status, or the code of the refusal. */
async function run(module: string, what = "", as = "alice", signal?: AbortSignal) {
  const { status, body } = await stack.ask("POST", `/v1/modules/${module}/runs`, {
    ...{ as, body: { input: { what } }, signal },
  });
  return status === 200 ? [body.status, body.code].filter(Boolean).join(" ") : body.code;
}
/** Resolves when the run of a module that goes on until it is refused has begun. */
async function begun(module: string): Promise<void> {
  for (;;) {
    const { body } = await stack.ask("GET", "/v1/canon?kind=run.input&limit=1", { as: "alice" });
    const { payload } = body.records[0].signed.record;
    if (payload.module === module && payload.input.what === "until refused") return;
    await sleep(20);
  }
}
const standing = async (module: string) =>
  (await stack.ask("GET", `/v1/modules/${module}/standing`, { as: "olga" })).body;
const stateOf = async (module: string) => (await standing(module)).digests[0].state;
const foundOf = async (module: string): Promise<string[]> =>
  (await standing(module)).violations.map(({ violation }: { violation: string }) => violation);
const change = async (path: string, id: string) => {
  const { digests } = await standing(id);
  const body = { id, digest: digests[0].digest, reason: "a test" };
  const answer = await stack.ask("POST", `/v1/modules${path}`, { as: "rita", body });
  return answer.status === 201 ? "done" : answer.body.code;
};

describe("a module whose runs break Rule Zero", () => {
  it("keeps running below the limit, each violation recorded with the run, its chain and whose run it was", async () => {
    expect(await run("brittle", "throw")).toBe("failed guest-error");
    expect(await run("brittle", "forge", "bob")).toBe("held");
    const { violations, digests, limit } = await standing("brittle");
    expect(limit).toEqual({ violations: 3, hours: 24 });
    expect(digests).toMatchObject([{ state: "in-force", counted: 2 }]);
    expect(violations).toMatchObject([
      { violation: "ref-unknown", principal: "bob", counts: true },
      { violation: "guest-error", principal: "alice", counts: true },
    ]);
    const view = await stack.ask("GET", `/v1/runs/${violations[1].run}`, { as: "alice" });
    const chain = view.body.records.find(({ kind }: { kind: string }) => kind === "chain.frozen");
    const stored = await stack.ask("GET", `/v1/canon/${chain.id}`, { as: "olga" });
    expect(violations[1].chain).toBe(stored.body.rh);
    expect(await run("brittle")).toBe("done");
  });

  it("is suspended by the one that reaches it: its runs are refused by name, and it leaves the list", async () => {
    expect(await run("brittle", "silent")).toBe("failed output-invalid");
    expect(await stateOf("brittle")).toBe("suspended");
    const refused = await stack.ask("POST", "/v1/modules/brittle/runs", { as: "alice", body: { input: {} } });
    expect([refused.status, refused.body.code]).toEqual([403, "module-suspended"]);
    expect(refused.body.remedy).toContain("sigil module reinstate");
    const listed = (await stack.ask("GET", "/v1/modules", { as: "guest" })).body.modules;
    expect(listed.map(({ id }: { id: string }) => id)).not.toContain("brittle");
    const { body } = await stack.ask("GET", `/v1/canon?kind=module.suspended`, { as: "olga" });
    const { payload, author } = body.records[0].signed.record;
    expect(author.principal).toBe("sigilderg");
    expect(payload.reason).toBe(
      "3 violations within 24 hours: guest-error × 1, ref-unknown × 1, output-invalid × 1",
    );
    expect(payload.evidence).toHaveLength(3);
    expect(JSON.stringify(body)).not.toContain("the text of a user");
  });

  it("stays suspended over a restart, and cannot be registered around it", async () => {
    await stack.stopService("sigilderg");
    await stack.serve("sigilderg");
    await stack.ready();
    expect(await run("brittle")).toBe("module-suspended");
    expect(await foundOf("brittle")).toEqual(["output-invalid", "ref-unknown", "guest-error"]);
    expect(await change("", "brittle")).toBe("module-suspended");
  });

  it("runs again when a Root reinstates it, with what it did before forgiven and not forgotten", async () => {
    expect(await change("/reinstatements", "brittle")).toBe("done");
    expect(await run("brittle")).toBe("done");
    expect(await run("brittle", "throw")).toBe("failed guest-error");
    expect(await run("brittle", "throw")).toBe("failed guest-error");
    const { digests, violations } = await standing("brittle");
    expect(digests).toMatchObject([{ state: "in-force", counted: 2 }]);
    expect(violations.map(({ counts }: { counts: boolean }) => counts)).toEqual([
      ...[true, true],
      ...[false, false, false],
    ]);
    expect(await run("brittle", "throw")).toBe("failed guest-error");
    expect(await run("brittle")).toBe("module-suspended");
    const { body } = await stack.ask("GET", "/v1/modules/brittle/versions", { as: "guest" });
    expect(body.events.map(({ change: what }: { change: string }) => what)).toEqual([
      ...["genesis", "suspend", "reinstate", "suspend"],
    ]);
  });

  it("can be revoked while it is suspended, and is then reinstated from both at once", async () => {
    expect(await change("/revocations", "brittle")).toBe("done");
    expect(await run("brittle")).toBe("module-revoked");
    expect(await change("/reinstatements", "brittle")).toBe("done");
    expect(await run("brittle")).toBe("done");
    expect(await change("/reinstatements", "brittle")).toBe("change-empty");
  });
});

describe("what is no evidence against a module", () => {
  it("its own Deny, an input that its schema refuses, a caller who goes away or cancels, a level that is too low", async () => {
    expect(await run("unlucky", "deny")).toBe("held");
    const wrong = await stack.ask("POST", "/v1/modules/unlucky/runs", { as: "alice", body: { input: "no" } });
    expect(wrong.body.code).toBe("input-invalid");
    expect(await run("unlucky", "throw", "olga")).toBe("level-too-low");
    const caller = new AbortController();
    const gone = run("unlucky", "until refused", "alice", caller.signal);
    await begun("unlucky");
    caller.abort();
    await expect(gone).rejects.toMatchObject({ name: "AbortError" });
    expect(await run("unlucky")).toBe("done");
    expect(await foundOf("unlucky")).toEqual([]);
  });
});

describe("runs that end together", () => {
  it("count each other: three that break a rule at once suspend the module", async () => {
    const ends = await Promise.all(["throw", "throw", "throw"].map((what) => run("racing", what)));
    expect(ends).toEqual(["failed guest-error", "failed guest-error", "failed guest-error"]);
    expect(await stateOf("racing")).toBe("suspended");
  });

  it("are held when their module is suspended under them: an Allow writes nothing any more", async () => {
    const slow = run("busy", "until refused");
    await begun("busy");
    const ends = await Promise.all(["throw", "throw", "throw"].map((what) => run("busy", what, "bob")));
    expect(ends).toEqual(Array(3).fill("failed guest-error"));
    expect(await slow).toBe("held module-suspended");
  });
});
