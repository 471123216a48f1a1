import { ACTIONS, type ActionRow, policyDigest } from "@sigil/policy";
import { afterAll, beforeAll, expect, it } from "vitest";
import { Stack } from "../stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { observer: "Observer", root: "Root" },
    services: ["codex-nexus", "sigilderg"],
  });
  await stack.readyWithoutMmf();
}, 60_000);
afterAll(async () => {
  await stack?.close();
});

const get = async (path: string) => (await stack.ask("GET", path, { as: "observer" })).body;
const propose = async (columns: Partial<ActionRow>) => {
  const rows = ACTIONS.map((row) => (row.action === "memory.write" ? { ...row, ...columns } : row));
  const body = { action: "policy.change", request: { rows }, reason: "only mentors write" };
  return (await stack.ask("POST", "/v1/proposals", { as: "root", body })).body.proposal.id as string;
};
const commit = (id: string) => stack.ask("POST", `/v1/proposals/${id}/commit`, { as: "root" });

it("a proposed policy shows what it would change by action and column, and is in force with its commit, once", async () => {
  const [one, two] = [await propose({ least: "Mentor" }), await propose({ risk: 0.5 })];
  const { changes } = await get(`/v1/proposals/${one}`);
  expect(changes).toEqual([
    { op: "replace", path: "/memory.write/least", before: "Operator", after: "Mentor" },
  ]);
  expect((await get("/v1/policy")).digest).toBe(policyDigest());
  expect((await commit(one)).status).toBe(201);
  const { version, made, digest } = await get("/v1/policy");
  expect([version, made.proposal, made.reason]).toEqual([1, one, "only mentors write"]);
  const late = await commit(two);
  expect([late.status, late.body.code]).toEqual([409, "proposal-stale"]);
  await stack.stopService("sigilderg");
  await stack.serve("sigilderg");
  await stack.readyWithoutMmf();
  expect(await get("/v1/policy")).toMatchObject({ version, made, digest });
});
