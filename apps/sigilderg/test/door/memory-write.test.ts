import { draftDigest } from "@sigil/canon";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { alice: "Operator", bob: "Operator", olga: "Observer", rita: "Root" },
    services: ["codex-nexus", "sigilderg"],
  });
  await stack.readyWithoutMmf();
}, 60_000);
afterAll(() => stack?.close());

const note = (text: string, more: object = {}) => ({ kind: "episodic", text, ...more });

describe("POST /v1/memory", () => {
  it("a memory write lands as decision, effect and outcome in one transaction", async () => {
    const written = await stack.ask("POST", "/v1/memory", {
      as: "alice",
      body: note("a note", { tags: ["t"] }),
    });
    expect(written.status).toBe(201);
    const { id, decision, index } = written.body;
    expect(written.headers.get("sigil-decision")).toBe(decision);
    const { body } = await stack.ask("GET", "/v1/canon?limit=10", { as: "rita" });
    const landed = body.records.filter((stored: { index: number }) => Math.abs(stored.index - index) <= 1);
    landed.sort((a: { index: number }, b: { index: number }) => a.index - b.index);
    const kinds = landed.map((stored: { signed: { record: { kind: string } } }) => stored.signed.record.kind);
    expect(kinds).toEqual(["decision", "decision.outcome"]);
    const block = await stack.ask("GET", `/v1/canon/${id}`, { as: "alice" });
    const outcome = landed[1].signed.record.payload.body;
    expect(outcome).toMatchObject({ decision, status: "done" });
    expect(outcome.effects).toEqual([
      { id, kind: "memory.block", stream: "memory/alice", digest: draftDigest(block.body.signed.record) },
    ]);
    expect(landed.map((stored: { index: number }) => stored.index)).toEqual([index - 1, index + 1]);
  });

  it("the same Idempotency-Key answers the first write again and writes nothing", async () => {
    const request = { as: "alice", body: note("once"), headers: { "idempotency-key": "k-1" } };
    const first = await stack.ask("POST", "/v1/memory", request);
    const again = await stack.ask("POST", "/v1/memory", request);
    expect(first.body.replayed).toBe(false);
    expect(again.body).toEqual({ ...first.body, replayed: true });
    expect(again.headers.get("sigil-decision")).toBe(first.body.decision);
    const other = await stack.ask("POST", "/v1/memory", { ...request, body: note("other") });
    expect([other.status, other.body.code]).toEqual([409, "idempotency-conflict"]);
  });

  it("a block for a level above the writer's is refused", async () => {
    const { status, body } = await stack.ask("POST", "/v1/memory", {
      as: "alice",
      body: note("up", { loa: "Root" }),
    });
    expect([status, body.code]).toEqual([403, "level-too-low"]);
  });

  it("an unknown field is refused by name", async () => {
    const { status, body } = await stack.ask("POST", "/v1/memory", {
      as: "alice",
      body: note("x", { colour: "red" }),
    });
    expect([status, body.code]).toEqual([422, "body-invalid"]);
    expect(JSON.stringify(body.missing)).toContain("colour");
  });
});

describe("GET /v1/memory", () => {
  it("a private block of another principal answers exactly as one that does not exist", async () => {
    const { body } = await stack.ask("POST", "/v1/memory", { as: "alice", body: note("secret") });
    const hidden = await stack.ask("GET", `/v1/memory/${body.id}`, { as: "bob" });
    const absent = await stack.ask("GET", `/v1/memory/${body.decision}`, { as: "bob" });
    expect([hidden.status, absent.status]).toEqual([404, 404]);
    const outward = ({ body: { title, code, status, remedy } }: typeof hidden) => ({
      title,
      code,
      status,
      remedy,
    });
    expect(outward(hidden)).toEqual(outward(absent));
    const seen = await stack.ask("GET", `/v1/canon/${body.id}`, { as: "rita" });
    expect(seen.status).toBe(404);
  });

  it("a list holds the caller's blocks and what others share at its level, newest first", async () => {
    const tag = "list-test";
    await stack.ask("POST", "/v1/memory", { as: "alice", body: note("a private", { tags: [tag] }) });
    await stack.ask("POST", "/v1/memory", {
      as: "alice",
      body: note("a shared", { tags: [tag], visibility: "shared" }),
    });
    await stack.ask("POST", "/v1/memory", { as: "bob", body: note("b private", { tags: [tag] }) });
    const texts = async (as: string) => {
      const { body } = await stack.ask("GET", `/v1/memory?tag=${tag}`, { as });
      return body.blocks.map((block: { text: string }) => block.text);
    };
    expect(await texts("alice")).toEqual(["a shared", "a private"]);
    expect(await texts("bob")).toEqual(["b private", "a shared"]);
    expect(await texts("olga")).toEqual([]);
  });

  it("the decision of a read is recorded within a second and found by its id", async () => {
    const { headers } = await stack.ask("GET", "/v1/memory", { as: "alice" });
    const id = headers.get("sigil-decision");
    await expect
      .poll(async () => (await stack.ask("GET", `/v1/decisions/${id}`, { as: "alice" })).status, {
        timeout: 3_000,
      })
      .toBe(200);
    const found = await stack.ask("GET", `/v1/decisions/${id}`, { as: "alice" });
    expect(found.body.body).toMatchObject({
      id,
      action: "memory.read",
      principal: "alice",
      verdict: "allow",
    });
    const explained = await stack.ask("GET", `/v1/decisions/${id}/explanation`, { as: "alice" });
    expect(explained.body.sentences.join(" ")).toContain("trust");
  });
});

describe("POST /v1/canon/export", () => {
  it("a bundle of what the caller may read is handed out, and nothing of another's is", async () => {
    const mine = await stack.ask("POST", "/v1/memory", { as: "rita", body: note("mine") });
    const theirs = await stack.ask("POST", "/v1/memory", { as: "alice", body: note("theirs") });
    const good = await stack.ask("POST", "/v1/canon/export", { as: "rita", body: { ids: [mine.body.id] } });
    expect([good.status, good.body.type]).toEqual([200, "sigil-proof-bundle"]);
    const bad = await stack.ask("POST", "/v1/canon/export", { as: "rita", body: { ids: [theirs.body.id] } });
    expect([bad.status, bad.body.code]).toEqual([404, "not-found"]);
  });
});

describe("POST /v1/memory/export", () => {
  const exported = async (as: string, body: object = {}) => {
    const response = await fetch(`${stack.url}/v1/memory/export`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${await stack.licence(as)}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(body),
    });
    const lines = (await response.text()).split("\n").filter((line) => line !== "");
    return { response, blocks: lines.map((line) => JSON.parse(line)) };
  };

  it("gives every block that the caller may read, oldest first, and none of another's, above it, or forgotten", async () => {
    const texts = Array.from({ length: 60 }, (_, at) => `export ${at}`);
    for (const text of texts) await stack.ask("POST", "/v1/memory", { as: "rita", body: note(text) });
    const shared = { ...note("export shared"), visibility: "shared", loa: "Observer" };
    await stack.ask("POST", "/v1/memory", { as: "alice", body: shared });
    await stack.ask("POST", "/v1/memory", { as: "alice", body: note("export of another") });
    const gone = await stack.ask("POST", "/v1/memory", { as: "rita", body: note("export forgotten") });
    const forgotten = await stack.ask("POST", `/v1/memory/${gone.body.id}/forget`, {
      as: "rita",
      body: { preview: false },
    });
    expect(forgotten.status).toBe(200);
    const { response, blocks } = await exported("rita");
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "application/x-ndjson"]);
    const found = blocks.map(({ text }) => text).filter((text: string) => text.startsWith("export "));
    expect(found).toEqual([...texts, "export shared"]);
    const page = await stack.ask("GET", "/v1/memory?limit=1", { as: "rita" });
    expect(blocks).toContainEqual(page.body.blocks[0]);
    const audit = await stack.ask("GET", "/v1/audit?action=memory.export&limit=1", { as: "rita" });
    expect(audit.body.entries[0]).toMatchObject({ verdict: "allow", outcome: { status: "done" } });
  });

  it("gives what its filter asks for, needs a Mentor, and takes no other field", async () => {
    const body = { ...note("export tagged"), kind: "semantic", tags: ["exported"] };
    await stack.ask("POST", "/v1/memory", { as: "rita", body });
    const some = await exported("rita", { kind: "semantic", tag: "exported" });
    expect(some.blocks.map(({ text }) => text)).toEqual(["export tagged"]);
    expect((await exported("rita", { kind: "procedural", tag: "exported" })).blocks).toEqual([]);
    expect((await exported("alice")).response.status).toBe(403);
    const other = await stack.ask("POST", "/v1/memory/export", { as: "rita", body: { colour: "red" } });
    expect([other.status, other.body.code]).toEqual([422, "body-invalid"]);
  });
});
