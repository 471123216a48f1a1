import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { alice: "Operator", bob: "Operator", carol: "Operator", olga: "Observer", rita: "Root" },
    services: ["codex-nexus", "sigilderg"],
  });
  await stack.readyWithoutMmf();
}, 60_000);
afterAll(() => stack?.close());

async function written(as: string, text: string, more: object = {}): Promise<string> {
  const { body } = await stack.ask("POST", "/v1/memory", { as, body: { kind: "episodic", text, ...more } });
  return body.id;
}

const forget = (as: string, id: string, preview: boolean) =>
  stack.ask("POST", `/v1/memory/${id}/forget`, { as, body: { preview } });

describe("POST /v1/memory/:id/forget", () => {
  it("a preview erases nothing and is recorded as held; then a receipt, and 410 naming it", async () => {
    const id = await written("alice", "to be forgotten", { visibility: "shared" });
    const preview = await forget("alice", id, true);
    expect(preview.body).toMatchObject({
      preview: true,
      records: 1,
      kinds: { "memory.block": 1 },
      receipts: [],
    });
    const held = await stack.ask("GET", `/v1/decisions/${preview.body.decision}`, { as: "alice" });
    expect(JSON.stringify(held.body)).toContain('"held"');
    expect((await stack.ask("GET", `/v1/memory/${id}`, { as: "alice" })).status).toBe(200);
    const { status, body } = await forget("alice", id, false);
    expect([status, body.preview, body.records, body.receipts.length]).toEqual([200, false, 1, 1]);
    const gone = await stack.ask("GET", `/v1/memory/${id}`, { as: "alice" });
    expect([gone.status, gone.body.code]).toEqual([410, "record-erased"]);
    expect(gone.body.detail).toContain(`receipt at leaf ${body.receipts[0].index}`);
    const receipt = await stack.ask("GET", `/v1/canon/${body.receipts[0].id}`, { as: "alice" });
    expect(receipt.body.signed.record.payload.body).toMatchObject({
      decision: body.decision,
      principal: "alice",
      targets: [{ id }],
    });
    const listed = await stack.ask("GET", "/v1/memory?limit=200", { as: "alice" });
    expect(listed.body.blocks.map((block: { id: string }) => block.id)).not.toContain(id);
    expect((await forget("alice", id, false)).body.code).toBe("record-erased");
  });

  it("another's block is not forgotten, shared or not, and an Observer forgets nothing", async () => {
    const shared = await written("alice", "shared", { visibility: "shared", loa: "Observer" });
    const hidden = await written("alice", "private");
    for (const id of [shared, hidden]) {
      expect((await forget("bob", id, false)).body.code).toBe("not-found");
      expect((await forget("olga", id, false)).body.code).toBe("level-too-low");
      expect((await stack.ask("GET", `/v1/memory/${id}`, { as: "alice" })).status).toBe(200);
    }
  });
});

describe("POST /v1/erasures", () => {
  const erase = (as: string, principal: string, preview = false) =>
    stack.ask("POST", "/v1/erasures", { as, body: { principal, preview, complete: false } });

  it("everything of a principal goes in one transaction, and nothing of anybody else", async () => {
    const carols: string[] = [];
    for (let n = 0; n < 5; n += 1) carols.push(await written("carol", `note ${n}`));
    const bobs = await written("bob", "stays");
    expect((await erase("rita", "carol", true)).body).toMatchObject({
      records: 5,
      receipts: [],
      more: false,
    });
    const { body } = await erase("rita", "carol");
    expect(body).toMatchObject({ records: 5, kinds: { "memory.block": 5 }, more: false });
    for (const id of carols)
      expect((await stack.ask("GET", `/v1/memory/${id}`, { as: "carol" })).status).toBe(410);
    expect((await stack.ask("GET", `/v1/memory/${bobs}`, { as: "bob" })).status).toBe(200);
    expect((await erase("rita", "carol")).body.code).toBe("not-found");
    expect(await written("carol", "a new note")).toBeTypeOf("string");
  });

  it("needs Root", async () => {
    expect((await erase("alice", "alice")).body.code).toBe("level-too-low");
  });
});
