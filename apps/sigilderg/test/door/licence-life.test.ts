import { generateSeed, signingKey } from "@sigil/crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { alice: "Operator", olga: "Observer", rita: "Root", bob: "Operator", carol: "Operator" },
    services: ["codex-nexus", "mmf", "sigilderg"],
    modules: [
      {
        id: "slow-writer",
        run: `
          await ctx.memory.write({ text: "must not stay" });
          const end = Date.now() + 1500;
          while (Date.now() < end);
          return { context: [], reasoning: "r", suggestion: "s", verdict: "Allow", confidence: 1 };`,
        capabilities: [{ name: "memory.write", scope: {} }],
      },
    ],
  });
  await stack.ready();
}, 60_000);
afterAll(() => stack?.close());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
const record = (licence: string) => stack.ask("POST", "/v1/licences", { as: "rita", body: { licence } });
const revoke = (jti: string, reason = "lost") =>
  stack.ask("POST", `/v1/licences/${jti}/revocation`, { as: "rita", body: { reason } });

describe("recording", () => {
  it("of parallel recordings of one licence exactly one lands", async () => {
    const licence = await stack.home.sign(stack.home.claims("dora", "Guest"));
    const answers = await Promise.all(Array.from({ length: 8 }, () => record(licence)));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...Array(7).fill(422)]);
    const { body } = await stack.ask("GET", "/v1/licences?principal=dora", { as: "olga" });
    expect(body.licences).toHaveLength(1);
  });

  it("of two licences of one principal with the same serial exactly one lands", async () => {
    const claims = stack.home.claims("dirk", "Guest");
    const [one, two] = [await stack.home.sign(claims), await stack.home.sign({ ...claims, jti: "other" })];
    const answers = await Promise.all([record(one), record(two)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 422]);
  });
});

describe("revoking", () => {
  it("counts from the answer on, is a record, and survives a restart of the door", async () => {
    const token = await stack.licence("bob");
    const jti = stack.claimsOf("bob").jti;
    expect((await stack.ask("GET", "/v1/licence", bearer(token))).status).toBe(200);
    const { status, body } = await revoke(jti, "the laptop was stolen");
    expect(status).toBe(201);
    expect((await stack.ask("GET", "/v1/licence", bearer(token))).status).toBe(401);
    const kept = await stack.ask("GET", `/v1/canon/${body.id}`, { as: "olga" });
    expect(kept.body.signed.record).toMatchObject({
      kind: "license.revoke",
      payload: { jti, sub: "bob", reason: "the laptop was stolen" },
    });
    await stack.stopService("sigilderg");
    await stack.serve("sigilderg");
    await stack.ready();
    expect((await stack.ask("GET", "/v1/licence", bearer(token))).status).toBe(401);
    const again = await revoke(jti);
    expect([again.status, again.body.code]).toEqual([409, "licence-already-revoked"]);
  }, 30_000);

  it("ends the grant of an open run: what the run wrote does not land", async () => {
    const token = await stack.licence("carol");
    const running = stack.ask("POST", "/v1/modules/slow-writer/runs", {
      ...bearer(token),
      body: { input: {} },
    });
    // The write is staged: from now on the module only waits.
    await expect.poll(() => stack.output("sigilderg"), { timeout: 10_000 }).toContain("POST /v1/host/:call");
    const { body } = await revoke(stack.claimsOf("carol").jti);
    const ended = await running;
    expect(body.runs).toBe(1);
    expect([ended.status, ended.body.code]).toEqual([409, "run-not-open"]);
    const kept = await stack.ask("GET", `/v1/decisions/${ended.body.decisionId}`, { as: "olga" });
    expect(kept.body.outcome).toMatchObject({ status: "failed", code: "licence-revoked" });
    const blocks = await stack.ask("GET", "/v1/canon?kind=memory.block", { as: "rita" });
    expect(blocks.body.records).toEqual([]);
  }, 30_000);

  it("is for Root, and a licence that no record names is not found", async () => {
    const denied = await stack.ask("POST", `/v1/licences/${stack.claimsOf("olga").jti}/revocation`, {
      as: "alice",
      body: { reason: "x" },
    });
    expect([denied.status, denied.body.code]).toEqual([403, "level-too-low"]);
    const unknown = await revoke("never-recorded");
    expect([unknown.status, unknown.body.code]).toEqual([404, "not-found"]);
  });
});

describe("showing", () => {
  it("lists licences by page with what each is worth now, and never a token", async () => {
    const seen = [];
    let path = "/v1/licences?limit=2";
    for (;;) {
      const { body } = await stack.ask("GET", path, { as: "olga" });
      seen.push(...body.licences);
      if (body.next === null) break;
      path = `/v1/licences?limit=2&after=${body.next}`;
    }
    const states = Object.fromEntries(seen.map(({ sub, state }) => [sub, state]));
    expect(states).toMatchObject({ alice: "current", rita: "current", bob: "revoked" });
    expect(JSON.stringify(seen)).not.toContain("eyJ");
    const lost = await stack.ask("GET", "/v1/licences?after=nothing", { as: "olga" });
    expect([lost.status, lost.body.code]).toEqual([400, "cursor-invalid"]);
  });

  it("validation names the precise reason to whoever is let in, and counts as no use of the licence", async () => {
    const validate = async (licence: string) =>
      (await stack.ask("POST", "/v1/licences/validation", { as: "alice", body: { licence } })).body;
    expect(await validate(await stack.licence("olga"))).toEqual({
      valid: true,
      claims: stack.claimsOf("olga"),
    });
    const codes: Record<string, string> = {
      "licence-malformed": "x",
      "licence-revoked": await stack.licence("bob"),
      "licence-unrecorded": await stack.licence("olga", { jti: "never" }),
      "licence-superseded": await stack.licence("olga", { serial: 0 }),
      "licence-key-unknown": await stack.home.sign(stack.claimsOf("olga"), signingKey(generateSeed())),
      "licence-expired": await stack.licence("olga", { iat: 1, nbf: 1, exp: 2 }),
    };
    for (const [code, licence] of Object.entries(codes))
      expect(await validate(licence), code).toMatchObject({ valid: false, code });
  });
});
