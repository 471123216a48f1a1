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

const entry = (slug: string, more: object = {}) => ({ slug, title: `On ${slug}`, text: "a text", ...more });
const write = (as: string, entries: object[], key?: string) =>
  stack.ask("POST", "/v1/canon", {
    as,
    body: { entries },
    ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
  });
const streamOf = async (stream: string) =>
  (await stack.ask("GET", `/v1/canon?stream=${stream}`, { as: "rita" })).body.records;

describe("POST /v1/canon", () => {
  it("entries land in their order between one decision and its outcome, each in a stream of its writer's", async () => {
    const given = { tags: ["t"], source: "a book", loa: "Observer" };
    const { status, body, headers } = await write("alice", [
      entry("one", given),
      entry("two", { stream: "canon/alice/elsewhere/two" }),
      entry("one", { text: "a better text" }),
    ]);
    expect([status, headers.get("sigil-decision")]).toEqual([201, body.decision]);
    const { records, decision, replayed } = body;
    expect(replayed).toBe(false);
    expect(records.map(({ stream }: { stream: string }) => stream)).toEqual([
      "canon/alice/one",
      "canon/alice/elsewhere/two",
      "canon/alice/one",
    ]);
    const first = records[0].index;
    expect(records.map(({ index }: { index: number }) => index)).toEqual([first, first + 1, first + 2]);
    const [older, newer] = await streamOf("canon/alice/one");
    expect(older.signed.record).toMatchObject({
      ...{ kind: "canon.entry", space: "user", loa: "Observer", seq: 0 },
      author: { principal: "alice", loa: "Operator", decision },
      payload: { slug: "one", title: "On one", text: "a text", source: "a book", tags: ["t"] },
    });
    expect(newer.signed.record).toMatchObject({ seq: 1, loa: "Operator", prev: older.rh });
    const [made, outcome] = await streamOf(`decision/${decision}`);
    expect([made.index, outcome.index]).toEqual([first - 1, first + 3]);
    expect(outcome.signed.record.payload.body).toMatchObject({ decision, status: "done" });
    expect(outcome.signed.record.payload.body.effects[0]).toEqual({
      ...{ id: records[0].id, kind: "canon.entry", stream: "canon/alice/one" },
      digest: draftDigest(older.signed.record),
    });
    const seen = await stack.ask("GET", `/v1/canon/${records[0].id}`, { as: "olga" });
    expect(seen.body.signed.record.payload.title).toBe("On one");
    expect((await stack.ask("GET", `/v1/canon/${records[1].id}`, { as: "olga" })).status).toBe(404);
  });

  it("entries under a key that was used answer as the first time; others under it are refused", async () => {
    const both = [entry("k-one"), entry("k-two")];
    const first = await write("alice", both, "k-1");
    const again = await write("alice", both, "k-1");
    expect([again.status, again.body]).toEqual([200, { ...first.body, replayed: true }]);
    expect(again.headers.get("sigil-decision")).toBe(first.body.decision);
    for (const others of [both.slice(1), [...both, entry("k-three")], both.toReversed()]) {
      const other = await write("alice", others, "k-1");
      expect([other.status, other.body.code]).toEqual([409, "idempotency-conflict"]);
    }
    expect(await streamOf("canon/alice/k-one")).toHaveLength(1);
  });

  it.each([
    "canon/bob/one",
    "canon/alicex/one",
    "canon/alice",
    "canon/alice/",
    "memory/alice",
    "system/canon/one",
    "guidance/one",
  ])(
    "an entry for the stream %s, not its writer's own, is refused by name, and nothing of its request lands",
    async (stream) => {
      const { status, body } = await write("alice", [entry("refused"), entry("x", { stream })]);
      expect([status, body.code]).toEqual([403, "stream-not-own"]);
      expect(body.detail).toContain(stream);
      expect(await streamOf("canon/alice/refused")).toEqual([]);
      const [, outcome] = await streamOf(`decision/${body.decisionId}`);
      expect(outcome.signed.record.payload.body).toMatchObject({ status: "failed", code: "stream-not-own" });
    },
  );

  it("an entry above its writer's level, too large, of a slug too long, and of another shape are each refused by name", async () => {
    const cases: [object, number, string][] = [
      [{ loa: "Root" }, 403, "level-too-low"],
      [{ text: "ü".repeat(40_000) }, 413, "record-too-large"],
      [{ slug: "s".repeat(120) }, 422, "record-invalid"],
      [{ space: "system" }, 422, "body-invalid"],
      [{ slug: "No Slug" }, 422, "body-invalid"],
    ];
    for (const [more, status, code] of cases) {
      const answer = await write("alice", [entry("good"), entry("bad", more)]);
      expect([answer.status, answer.body.code]).toEqual([status, code]);
    }
    for (const entries of [[], Array(65).fill(entry("many"))])
      expect((await write("alice", entries)).body.code).toBe("body-invalid");
    expect(await streamOf("canon/alice/good")).toEqual([]);
    const observer = await write("olga", [entry("one")]);
    expect([observer.status, observer.body.code]).toEqual([403, "level-too-low"]);
  });

  it("64 entries land together, and what they say can be erased", async () => {
    const many = Array.from({ length: 64 }, (_, at) => entry(`many-${at}`));
    const { status, body } = await write("bob", many);
    expect([status, body.records.length]).toEqual([201, 64]);
    const erased = await stack.ask("POST", "/v1/erasures", {
      as: "rita",
      body: { principal: "bob", preview: true, complete: false },
    });
    expect([erased.status, erased.body.kinds]).toEqual([200, { "canon.entry": 64 }]);
  });
});
