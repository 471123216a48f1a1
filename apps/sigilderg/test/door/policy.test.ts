import { ACTIONS, findAction, LOA, policyDigest, TRUST_MODEL } from "@sigil/policy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { guest: "Guest", observer: "Observer", operator: "Operator", root: "Root" },
    services: ["codex-nexus", "sigilderg"],
  });
  await stack.readyWithoutMmf();
}, 60_000);
afterAll(async () => {
  await stack?.close();
});

const explained = (as: string, body: unknown) => stack.ask("POST", "/v1/policy/explanations", { as, body });

describe("GET /v1/policy", () => {
  it("is the table that decides, under the digest that decisions cite", async () => {
    const { status, body } = await stack.ask("GET", "/v1/policy", { as: "observer" });
    expect(status).toBe(200);
    const versions = { version: 0, made: null, modelVersion: 0 };
    expect(body).toEqual({ ...versions, digest: policyDigest(), model: TRUST_MODEL, actions: ACTIONS });
  });

  it("needs an Observer", async () => {
    const { status, body } = await stack.ask("GET", "/v1/policy", { as: "guest" });
    expect([status, body.code]).toEqual([403, "level-too-low"]);
  });
});

describe("POST /v1/policy/explanations", () => {
  it("says to the caller what the door itself would answer, with every reason, and does nothing", async () => {
    const dry = await explained("observer", { action: "memory.write" });
    expect(dry.status).toBe(200);
    expect(dry.body.decision).toMatchObject({ verdict: "deny", principal: "observer", loa: "Observer" });
    const wet = await stack.ask("POST", "/v1/memory", { as: "observer", body: {} });
    expect(wet.body.missing).toEqual(
      dry.body.decision.reasons.map((reason: { detail: string }) => reason.detail),
    );
    expect(dry.body.counterfactual).toEqual([
      "A licence of Operator or above would change this; trust cannot.",
    ]);
  });

  it("supposes another level, another scope and other facts, and says what would lift the score", async () => {
    const { body } = await explained("observer", {
      action: "config.change",
      level: "Root",
      facts: { history: { good: 0, bad: 10, incident: false }, mode: "quorum" },
    });
    expect(body.decision.reasons.map(({ code }: { code: string }) => code)).toEqual([
      "trust-too-low",
      "quorum-required",
    ]);
    expect(body.counterfactual[0]).toContain("1 more clean day of use would lift it");
    const last = body.waterfall.at(-1);
    expect(last).toMatchObject({ logit: body.decision.trust.logit, score: body.decision.trust.score });
    const narrow = await explained("root", { action: "memory.write", scope: ["canon.*"] });
    expect(narrow.body.decision.reasons[0].code).toBe("out-of-scope");
    const nobody = await explained("root", { action: "memory.write", level: "nobody" });
    expect(nobody.body.decision).toMatchObject({ status: 401, principal: null });
  });

  it.each([
    ["an unknown fact", { action: "memory.write", facts: { mood: 1 } }],
    ["a fact out of range", { action: "memory.write", facts: { anomaly: 1.5 } }],
    ["a level that is none", { action: "memory.write", level: "Admin" }],
    ["an action that is no name", { action: "../x" }],
  ])("refuses %s by name", async (_, body) => {
    expect((await explained("observer", body)).body).toMatchObject({ status: 422, code: "body-invalid" });
  });
});

describe("GET /v1/trust/:action", () => {
  it("has score, threshold and, on demand, the exact waterfall of the caller", async () => {
    const plain = await stack.ask("GET", "/v1/trust/memory.write", { as: "operator" });
    expect(plain.body).toMatchObject({ principal: "operator", threshold: 0.5, allowed: true });
    expect(plain.body).not.toHaveProperty("explanation");
    const full = await stack.ask("GET", "/v1/trust/memory.write?explain=true", { as: "operator" });
    const { trust, waterfall, counterfactual } = full.body.explanation;
    const sum = trust.contributions.reduce(
      (total: number, each: { logOdds: number }) => total + each.logOdds,
      trust.bias,
    );
    expect(sum).toBe(trust.logit);
    expect(waterfall.at(-1).score).toBe(full.body.score);
    expect(counterfactual).toEqual([]);
  });

  it("is open to a Guest, asks no trust where the row asks none, and knows no action without a row", async () => {
    const check = await stack.ask("GET", "/v1/trust/license.validate", { as: "guest" });
    expect(check.body).toMatchObject({ threshold: null, score: null, allowed: true });
    const none = await stack.ask("GET", "/v1/trust/memory.destroy", { as: "guest" });
    expect([none.status, none.body.code]).toEqual([404, "action-unknown"]);
  });
});

describe("GET /v1/trust", () => {
  it("lets a fresh, clean caller at exactly the least level pass every row of that level", async () => {
    for (const loa of LOA.filter((level) => level !== "Mentor")) {
      const { body } = await stack.ask("GET", "/v1/trust", { as: loa.toLowerCase() });
      expect(body).toMatchObject({ loa, incident: false, reputation: { good: 0, bad: 0 } });
      const own = body.actions.filter(({ action }: { action: string }) => findAction(action)?.least === loa);
      expect(own.length).toBeGreaterThan(0);
      for (const { action, allowed } of own) expect([action, allowed]).toEqual([action, true]);
    }
  });
});
