import { ACTIONS, policyDigest, TRUST_MODEL } from "@sigil/policy";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { observer: "Observer", operator: "Operator", mentor: "Mentor", root: "Root" },
    services: ["codex-nexus", "sigilderg"],
  });
  await stack.readyWithoutMmf();
}, 60_000);
afterAll(async () => {
  await stack?.close();
});

const get = async (path: string) => (await stack.ask("GET", path, { as: "observer" })).body;
const change = (path: string, body: unknown) => stack.ask("POST", path, { as: "root", body });
const rowsWith = (action: string, columns: object) =>
  ACTIONS.map((row) => (row.action === action ? { ...row, ...columns } : row));
const write = (as: string) =>
  stack.ask("POST", "/v1/memory", { as, body: { kind: "semantic", text: "a note" } });
const restart = async () => {
  await stack.stopService("sigilderg");
  await stack.serve("sigilderg");
  await stack.readyWithoutMmf();
};

describe("a change of the policy", () => {
  it("decides from the next request on, and every decision cites the table that decided it", async () => {
    const before = await write("operator");
    expect(before.status).toBe(201);
    const rows = rowsWith("memory.write", { least: "Mentor" });
    const { status, body } = await change("/v1/policy", { rows, reason: "only mentors write" });
    expect([status, body.version]).toEqual([201, 1]);
    const after = await write("operator");
    expect([after.status, after.body.code]).toEqual([403, "level-too-low"]);
    const { digest } = await get("/v1/policy");
    expect(digest).not.toBe(policyDigest());
    const old = await get(`/v1/decisions/${before.body.decision}`);
    const now = await get(`/v1/decisions/${after.body.decisionId}`);
    expect([old.body.policy, now.body.policy]).toEqual([policyDigest(), digest]);
    expect((await write("mentor")).status).toBe(201);
  });

  it("is shown as it was at any version, leaf and time, with who made it and why", async () => {
    const { versions } = await get("/v1/policy/versions");
    expect(versions.map(({ version }: { version: number }) => version)).toEqual([0, 1]);
    const [first, second] = versions;
    expect(first).toEqual({ version: 0, digest: policyDigest(), made: null });
    expect(second.made).toMatchObject({
      ...{ by: "root", reason: "only mentors write", mode: "solo", proposal: null },
    });
    const least = async (query: string) => {
      const { version, actions } = await get(`/v1/policy?${query}`);
      return [version, actions.find(({ action }: { action: string }) => action === "memory.write").least];
    };
    expect(await least("version=0")).toEqual([0, "Operator"]);
    expect(await least(`leaf=${second.made.index - 1}`)).toEqual([0, "Operator"]);
    expect(await least(`leaf=${second.made.index}`)).toEqual([1, "Mentor"]);
    expect(await least(`at=${second.made.ts}`)).toEqual([1, "Mentor"]);
    expect(await least("at=2020-01-01T00:00:00.000Z")).toEqual([0, "Operator"]);
    const none = await stack.ask("GET", "/v1/policy?version=9", { as: "observer" });
    expect([none.status, none.body.code]).toEqual([404, "version-unknown"]);
    const two = await stack.ask("GET", "/v1/policy?version=0&leaf=1", { as: "observer" });
    expect([two.status, two.body.code]).toEqual([400, "query-invalid"]);
  });

  it("outlives a restart, and an earlier version comes back as a version of its own", async () => {
    await restart();
    expect((await write("operator")).body.code).toBe("level-too-low");
    const back = await change("/v1/policy", { revert: 0, reason: "it was right before" });
    expect(back.body.version).toBe(2);
    expect((await write("operator")).status).toBe(201);
    expect((await get("/v1/policy")).digest).toBe(policyDigest());
    await restart();
    expect((await write("operator")).status).toBe(201);
  });

  it.each([
    ["a table without an action", { rows: ACTIONS.slice(1) }, 422, "table-incomplete"],
    [
      "a governed row without its quorum",
      { rows: rowsWith("record.erase", { quorum: "none" }) },
      422,
      "table-inviolable",
    ],
    [
      "a threshold that nobody fresh can pass",
      { rows: rowsWith("memory.write", { trust: 0.99 }) },
      422,
      "model-uncalibrated",
    ],
    ["the table in force", { rows: ACTIONS }, 409, "change-empty"],
    ["a version that there never was", { revert: 77 }, 404, "version-unknown"],
    ["a table and a version", { rows: ACTIONS, revert: 0 }, 422, "body-invalid"],
    ["neither", {}, 422, "body-invalid"],
  ])("refuses %s, and leaves the decision with a failed outcome", async (_, body, status, code) => {
    const answer = await change("/v1/policy", { reason: "a try", ...body });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    const { outcome } = await get(`/v1/decisions/${answer.body.decisionId}`);
    expect(outcome).toMatchObject({ status: "failed", code });
    expect((await get("/v1/policy")).version).toBe(2);
  });

  it("refuses a change without a reason", async () => {
    const answer = await change("/v1/policy", { rows: rowsWith("memory.write", { least: "Mentor" }) });
    expect([answer.status, answer.body.code]).toEqual([422, "body-invalid"]);
  });

  it("is Root's alone", async () => {
    const answer = await stack.ask("POST", "/v1/policy", {
      as: "mentor",
      body: { revert: 0, reason: "mine" },
    });
    expect([answer.status, answer.body.code]).toEqual([403, "level-too-low"]);
  });

  it("lets requests that are under way while it lands see exactly one table each", async () => {
    const rows = rowsWith("memory.write", { least: "Mentor" });
    const stricter = change("/v1/policy", { rows, reason: "under load" });
    const answers = [...(await Promise.all(Array.from({ length: 40 }, () => write("operator"))))];
    const { digest } = (await stricter) && (await get("/v1/policy"));
    answers.push(await write("operator"));
    for (const { status, body } of answers) {
      const id = status === 201 ? body.decision : body.decisionId;
      const { body: decided } = await get(`/v1/decisions/${id}`);
      expect([decided.verdict, decided.policy]).toEqual(
        status === 201 ? ["allow", policyDigest()] : ["deny", digest],
      );
    }
    expect(answers.at(-1)?.status).toBe(403);
    expect((await change("/v1/policy", { revert: 0, reason: "done" })).status).toBe(201);
  });
});

describe("a change of the trust model", () => {
  const model = (id: string, weights: object = {}, bias = TRUST_MODEL.bias) => ({
    ...{ id, bias },
    weights: { ...TRUST_MODEL.weights, ...weights },
  });

  it("scores from the next request on, and every score names its model", async () => {
    const { status, body } = await change("/v1/trust-model", {
      model: model("trust-v2", { "request-rate": -2.5 }),
      reason: "haste counts more",
    });
    expect([status, body.version]).toEqual([201, 1]);
    const decided = await get(`/v1/decisions/${(await write("operator")).body.decision}`);
    expect(decided.body.trust.model).toBe("trust-v2");
    expect((await get("/v1/trust-model")).model.weights["request-rate"]).toBe(-2.5);
    expect((await get("/v1/trust-model?version=0")).model).toEqual(TRUST_MODEL);
    expect((await get("/v1/policy")).modelVersion).toBe(1);
  });

  it("outlives a restart and goes back", async () => {
    await restart();
    expect((await get("/v1/trust")).model.id).toBe("trust-v2");
    expect((await change("/v1/trust-model", { revert: 0, reason: "back" })).body.version).toBe(2);
    expect((await get("/v1/trust")).model.id).toBe(TRUST_MODEL.id);
    const { versions } = await get("/v1/trust-model/versions");
    expect(versions.map(({ id }: { id: string }) => id)).toEqual(["trust-v1", "trust-v2", "trust-v1"]);
  });

  it.each([
    ["a weight of the wrong sign", model("trust-v3", { incident: 1 }), 422, "model-invalid"],
    ["a model that nobody fresh can pass", model("trust-v3", {}, -2), 422, "model-uncalibrated"],
    ["other weights under a known id", model("trust-v2", { "request-rate": -2.25 }), 409, "model-known"],
    ["the model in force", TRUST_MODEL, 409, "change-empty"],
  ])("refuses %s", async (_, wrong, status, code) => {
    const answer = await change("/v1/trust-model", { model: wrong, reason: "a try" });
    expect([answer.status, answer.body.code]).toEqual([status, code]);
  });
});
