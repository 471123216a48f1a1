import { newSalt, type RecordDraft, verifyBundle } from "@sigil/canon";
import { type ChainReport, checkChains } from "@sigil/wire";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

const RULE: RecordDraft = {
  ...{ id: uuidv7(), kind: "canon.entry", space: "system", stream: "guidance/one", loa: "Observer" },
  ...{ author: { principal: "bootstrap", loa: "Root" }, links: [], salt: newSalt() },
  payload: { slug: "guidance/one", title: "Return errors", text: "Text.", tags: [] },
};

/** Reads the guidance, and the notes that its input names by tag; writes a note; cites what its input says. */
const NOTES = `
  const rule = await ctx.canon.read({ stream: "guidance/one" });
  const { items } = input.id === undefined ? { items: [] } : await ctx.memory.list({ tag: input.id, limit: 100 });
  const written = [];
  if (input.what !== "") written.push(await ctx.memory.write({ text: "a private sentence", tags: [input.what] }));
  const cited = input.id === undefined ? [rule, ...written] : items;
  return { context: cited.map(({ ref }) => ({ ref })), reasoning: "r", suggestion: "s", verdict: "Allow", confidence: 1 };`;
const capabilities = [
  ...["memory.write", "memory.list"].map((name) => ({ name, scope: {} })),
  { name: "canon.read", scope: { streams: ["guidance/*"] } },
];

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { guest: "Guest", olga: "Observer", alice: "Operator", bob: "Operator", mia: "Mentor" },
    services: ["codex-nexus", "mmf", "sigilderg"],
    records: [RULE],
    modules: [
      { id: "notes", capabilities, run: NOTES },
      {
        ...{ id: "doubtful", capabilities },
        run: `
          const { ref } = await ctx.memory.write({ text: "a private sentence", tags: ["doubt"] });
          return { context: [{ ref }], reasoning: "r", suggestion: "s", verdict: "ManualReview", confidence: 1 };`,
      },
      { id: "broken", capabilities: [], run: `throw new Error("a private sentence");` },
    ],
  });
  await stack.ready();
}, 60_000);
afterAll(() => stack?.close());

async function run(input: object, more: object = {}, module = "notes") {
  const { status, body } = await stack.ask("POST", `/v1/modules/${module}/runs`, {
    ...{ as: "alice", body: { input, ...more } },
  });
  return { status, ...body };
}
const get = async (path: string, as = "alice") => await stack.ask("GET", `/v1/chains/${path}`, { as });
const bodyOf = (view: { body: { signed: { record: { payload: { body: unknown } } } } }) =>
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects
  view.body.signed.record.payload.body as any;
const states = (report: ChainReport | undefined, state: string) =>
  report?.steps.filter((step) => step.state === state).map(({ name }) => name);

/** The chains of a proof, each held against what it cites, once the bundle itself has verified. */
async function proved(id: string, as = "alice"): Promise<ChainReport[]> {
  const { body } = await get(`${id}/proof`, as);
  expect(verifyBundle(body, stack.trust).verdict).toBe("verified");
  return checkChains(
    body.entries.map(({ index, rh, record }: { index: number; rh: string; record: { record: unknown } }) => ({
      ...{ index, rh },
      record: record.record,
    })),
  );
}

describe("a frozen chain", () => {
  it("is found by its run and by its record, names everything that it rests on, and holds no text", async () => {
    const first = await run({ what: "alpha" });
    const view = await get(first.run);
    expect(view.status).toBe(200);
    expect(view.body.outcome).toEqual({ status: "done" });
    expect(view.body.cited).toMatchObject([
      { as: "input", record: { kind: "run.input" } },
      { as: "calls", record: { kind: "run.calls" } },
      { as: "output", record: { kind: "run.output" } },
      { as: "context", ref: RULE.id, record: { title: "Return errors" } },
      { as: "context", hash: null, record: { kind: "memory.block" } },
    ]);
    expect((await get(view.body.signed.record.id)).body.rh).toBe(view.body.rh);
    expect(JSON.stringify(view.body)).not.toContain("a private sentence");
  });

  it("is there for Observers, who learn nothing of the records that are not theirs; a Guest is refused", async () => {
    const { run: id } = await run({ what: "beta" });
    const { body } = await get(id, "olga");
    expect(body.cited.map(({ record }: { record: object | null }) => record !== null)).toEqual([
      ...[false, false, false],
      ...[true, false],
    ]);
    expect((await get(id, "guest")).status).toBe(403);
    expect((await get(uuidv7())).body.code).toBe("not-found");
    expect((await get(RULE.id)).body.code).toBe("not-found");
  });

  it("verifies with everything that it cites, and for somebody else as far as it is theirs to have", async () => {
    const { run: id } = await run({ what: "gamma" });
    const [whole] = await proved(id);
    expect(whole).toMatchObject({ run: id, verdict: "holds" });
    expect(states(whole, "holds")).toHaveLength(whole?.steps.length ?? 0);
    const [part] = await proved(id, "bob");
    expect(part?.verdict).toBe("incomplete");
    expect(states(part, "absent")).toEqual([
      "input",
      "calls",
      "output",
      "context",
      "provenance",
      "rule-zero",
    ]);
    expect(states(part, "fails")).toEqual([]);
  });

  it("explains what a reviewer let be written later as well: the write links to it, and the proof holds the review", async () => {
    const { run: id } = await run({}, {}, "doubtful");
    expect((await proved(id))[0]?.verdict).toBe("incomplete");
    const { body } = await stack.ask("POST", `/v1/reviews/${id}/decision`, {
      ...{ as: "mia", body: { verdict: "approved", reason: "looked at" } },
    });
    expect(body.writes).toHaveLength(1);
    expect((await proved(id))[0]?.verdict).toBe("holds");
    const proof = (await get(`${id}/proof`)).body.entries;
    const kinds = proof.map(({ record }: { record: { record: { kind: string } } }) => record.record.kind);
    expect(kinds).toContain("run.reviewed");
    const reader = await run({ id: "doubt", what: "" });
    expect(bodyOf(await get(reader.run)).parents).toEqual([{ run: id, hash: (await get(id)).body.rh }]);
  });

  it("is frozen of a run that failed, too, without a word of what its module threw", async () => {
    const { run: id, status } = await run({}, {}, "broken");
    expect(status).toBe("failed");
    const view = await get(id);
    expect(bodyOf(view)).toMatchObject({ verdict: "ManualReview", moduleVerdict: null });
    expect(JSON.stringify(view.body)).not.toContain("a private sentence");
    expect((await proved(id))[0]?.verdict).toBe("holds");
  });
});

describe("lineage", () => {
  it("comes from what a run reads: the chains of the runs that wrote it are its parents", async () => {
    const [one, two] = [await run({ what: "delta" }), await run({ what: "delta" })];
    const reader = await run({ id: "delta", what: "" });
    const chains = await Promise.all([one, two].map(async ({ run: id }) => (await get(id)).body.rh));
    const { parents } = bodyOf(await get(reader.run));
    expect(parents.map(({ hash }: { hash: string }) => hash).toSorted()).toEqual(chains.toSorted());
    const block = one.records.find(({ kind }: { kind: string }) => kind === "memory.block");
    const stored = await stack.ask("GET", `/v1/canon/${block.id}`, { as: "alice" });
    expect(stored.body.signed.record.links).toEqual([{ label: "chain", target: chains[0] }]);
    expect((await proved(reader.run)).map(({ verdict }) => verdict)).toEqual([
      "incomplete",
      "incomplete",
      "holds",
    ]);
  });

  it("comes from what a caller names, once each; a run without a chain is refused as a parent", async () => {
    const { run: id } = await run({ what: "epsilon" });
    const child = await run({ what: "" }, { parents: [id, id] });
    expect(bodyOf(await get(child.run)).parents).toEqual([{ run: id, hash: (await get(id)).body.rh }]);
    const none = await run({ what: "" }, { parents: [uuidv7()] });
    expect([none.status, none.code]).toEqual([422, "parent-unknown"]);
    const decision = await stack.ask("GET", `/v1/decisions/${none.decisionId}`, { as: "alice" });
    expect(decision.body.outcome).toMatchObject({ status: "failed", code: "parent-unknown" });
  });

  it("is read the nearest first, each chain once, as deep and as far as is asked", async () => {
    const top = await run({ what: "" });
    const left = await run({ what: "" }, { parents: [top.run] });
    const right = await run({ what: "" }, { parents: [top.run] });
    const { run: id } = await run({ what: "" }, { parents: [left.run, right.run] });
    const read = async (query: string) => {
      const { body } = await get(`${id}/lineage${query}`, "olga");
      const runs = body.chains.map((chain: { run: string; depth: number }) => [chain.run, chain.depth]);
      return {
        runs,
        truncated: body.truncated,
        unread: body.unread.map(({ run: of }: { run: string }) => of),
      };
    };
    const all = [
      [id, 0],
      [left.run, 1],
      [right.run, 1],
      [top.run, 2],
    ];
    expect(await read("")).toEqual({ runs: all, truncated: false, unread: [] });
    expect(await read("?depth=1")).toEqual({ runs: all.slice(0, 3), truncated: true, unread: [top.run] });
    expect(await read("?limit=2")).toMatchObject({ runs: all.slice(0, 2), truncated: true });
    expect((await get(`${id}/lineage?depth=65`)).status).toBe(400);
  });
});
