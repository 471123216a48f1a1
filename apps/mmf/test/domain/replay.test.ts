import { join } from "node:path";
import { setImmediate as nextTick } from "node:timers/promises";
import { completeDraft, type Json, newSalt } from "@sigil/canon";
import { generateSeed, signingKey } from "@sigil/crypto";
import { actionRow, HOST_CALLS } from "@sigil/policy";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HostCalls, type RecordedCall } from "../../src/domain/host-calls.ts";
import type { HostDoor } from "../../src/domain/host-door.ts";
import { runLimits } from "../../src/domain/limits.ts";
import { Catalog } from "../../src/domain/module.ts";
import type { RunAnswer, RunOrder } from "../../src/domain/order.ts";
import { type ReplayOrder, replayRun } from "../../src/domain/replay.ts";
import { executeRun } from "../../src/domain/run.ts";
import { engineIdentity } from "../../src/sandbox/identity.ts";
import { RunnerPool } from "../../src/sandbox/pool.ts";
import { InstalledModules, readModule, readModules } from "../../src/store/module-folders.ts";
import { packageFolder } from "../package-folder.ts";
import { trustAt } from "../service/control-plane.ts";

/** Clock, randomness, calls one after another and calls that race: everything of a run that could come out differently. */
const PROBE = `export default { async run({ mode, keys }, ctx) {
  const out = (reasoning, verdict = "Allow", context = []) => ({ context, reasoning, suggestion: "s", verdict, confidence: 1 });
  const text = (value) => JSON.stringify(value);
  if (mode === "clock") return out(text([Date.now(), new Date().toISOString(), ctx.now, ctx.runId, Math.random(), Math.random()]));
  if (mode === "keys") return out(text([keys, await ctx.memory.list()]));
  if (mode === "race") {
    const seen = [];
    const asked = [3, 1, 2].map(async (limit) => { await ctx.memory.list({ limit }); seen.push(limit); });
    const last = ctx.memory.list({ limit: 4 }).then(() => "four");
    seen.push(await Promise.race([last, asked[1].then(() => "one")]));
    await Promise.all([...asked, last]);
    await ctx.logInteraction({ seen });
    return out(text(seen));
  }
  if (mode === "refused") {
    const codes = [];
    for (const ask of [() => ctx.canon.read({ id: "x" }), () => ctx.memory.list({ text: "\\ud800" }), () => ctx.rag.search({})]) {
      try { await ask(); } catch (error) { codes.push(error.code + ": " + error.message); }
    }
    return out(text(codes), "ManualReview");
  }
  if (mode === "cite") { const { items } = await ctx.memory.list(); return out("because", "Allow", items.map(({ ref }) => ({ ref }))); }
  if (mode === "pending") { void ctx.memory.list({ limit: 9 }); return out("early"); }
  throw new Error("broken by " + mode);
} };`;
const scope = {};
const capabilities = ["memory.list", "interaction.log"].map((name) => ({ name, scope }));

const key = signingKey(generateSeed());
const engine = engineIdentity();
let pool: RunnerPool;
let catalog: Catalog;
beforeAll(async () => {
  // With a source map: a failure is told with the author's lines, in a replay as in the run.
  const map = { version: 3, sources: ["src/probe.ts"], names: [], mappings: `AAUA${";AACA".repeat(40)}` };
  const files = { "dist/module.js.map": JSON.stringify(map) };
  const probe = await readModule(packageFolder(PROBE, { capabilities }, files));
  const builtIn = await readModules(join(import.meta.dirname, "../../dist/modules"));
  catalog = new Catalog([probe, ...builtIn], new InstalledModules("/nowhere", () => {}));
  pool = new RunnerPool({ runners: 1, isolation: "process" });
  await pool.ready();
});
afterAll(() => pool.close());

/** Calls with a limit wait until four of them are asked, and are then answered by their limits, one after the other. */
const waiting = new Map<number, () => void>();

const door: HostDoor = {
  async call(method, { args }) {
    const { limit, stream } = (args ?? {}) as { limit?: number; stream?: string };
    if (limit !== undefined && limit < 9) {
      const turn = new Promise<void>((resolve) => waiting.set(limit, resolve));
      if (waiting.size === 4) void inTurn();
      await turn;
    }
    if (method === "canon.read") {
      return { ok: true, result: { ref: `r-${stream}`, stream: stream ?? "", title: "T", text: "G" } };
    }
    if (method === "memory.write") return { ok: true, result: { ref: "m-new" } };
    if (method === "llm.complete") return { ok: false, code: "llm-not-configured", message: "no endpoint" };
    const note = { type: "episodic", tags: ["journal"], ts: "2026-11-25T11:00:00.000Z" };
    const items = [{ text: "t", ref: `m-${limit ?? 0}`, ...note }];
    return { ok: true, result: { zulu: 1, items, alpha: { b: 1, a: 2 } } };
  },
};

async function inTurn(): Promise<void> {
  const turns = [1, 2, 3, 4].map((limit) => waiting.get(limit));
  waiting.clear();
  for (const turn of turns) {
    turn?.();
    await nextTick();
  }
}

function order(module: string, input: Json): RunOrder {
  const { digest } = catalog.list.map(({ manifest }) => manifest).find(({ id }) => id === module) ?? {
    digest: "",
  };
  const [run, decision, principal, loa, startedAt] = [
    uuidv7(),
    uuidv7(),
    "ada",
    "Operator",
    "2026-11-25T12:00:00.000Z",
  ] as const;
  const inputRecord = completeDraft(
    {
      ...{
        id: uuidv7(),
        kind: "run.input",
        space: "user",
        stream: `run/${run}`,
        loa,
        links: [],
        salt: newSalt(),
      },
      author: { principal, loa, module, run, decision },
      payload: { module, digest, input },
    },
    { seq: 0, prev: null, ts: startedAt },
  );
  const trust = trustAt("Operator");
  return {
    run,
    module,
    digest,
    input,
    inputRecord,
    principal,
    loa,
    session: "s",
    trust,
    decision,
    parents: [],
    startedAt,
  };
}

async function execute(module: string, input: Json): Promise<{ order: RunOrder; answer: RunAnswer }> {
  const asked = order(module, input);
  const { run, decision, principal, loa, digest } = asked;
  const grant = {
    ...{ run, decision, principal, loa, header: "grant", moduleDigest: digest },
    capabilities: (await catalog.take(module, digest)).manifest.capabilities,
    levels: Object.fromEntries(HOST_CALLS.map(({ action }) => [action, actionRow(action).least])),
    quotas: { cpuMs: 30_000, wallMs: 60_000, memoryBytes: 1 << 28, hostCalls: 64 },
    exp: Date.now() / 1000 + 60,
  };
  const now = () => new Date().toISOString();
  return {
    order: asked,
    answer: await executeRun({ catalog, sandbox: pool, door, key, engine, now }, asked, grant),
  };
}

/** The order of a replay, read back from the records as they are stored: in RFC 8785. */
function recorded(
  { order: of, answer }: { order: RunOrder; answer: RunAnswer },
  changes: Partial<ReplayOrder> = {},
): ReplayOrder {
  const calls = answer.records[0]?.payload.calls as unknown as RecordedCall[];
  const sorted = (value: unknown): unknown =>
    typeof value !== "object" || value === null || Array.isArray(value)
      ? Array.isArray(value)
        ? value.map(sorted)
        : value
      : Object.fromEntries(
          Object.entries(value)
            .toSorted(([a], [b]) => (a < b ? -1 : 1))
            .map(([k, v]) => [k, sorted(v)]),
        );
  const { run, module, digest, input, startedAt } = of;
  return {
    ...{ run, module, digest, startedAt, engine: engine.digest, trustAllowed: true },
    input: sorted(input) as Json,
    calls: sorted(calls) as RecordedCall[],
    failed: answer.status === "failed",
    ...changes,
  };
}

const replay = (asked: ReplayOrder) => replayRun({ catalog, sandbox: pool, engine }, asked);

/** Output and judgement as the chain has them. */
function judged({ records, output }: RunAnswer) {
  const chain = records.find(({ kind }) => kind === "chain.frozen")?.payload.body ?? {};
  const { verdict, moduleVerdict, reasons, context } = chain as Record<string, Json>;
  return JSON.parse(JSON.stringify({ output, verdict, moduleVerdict, reasons, context }));
}

/** What is done to a record, the call that gives it away, and how that is named. */
const CHANGED: [string, (calls: RecordedCall[]) => RecordedCall[], number, string][] = [
  [
    "other arguments",
    ([a, ...b]) => [{ ...(a as RecordedCall), args: { limit: 7 } }, ...b],
    1,
    "other arguments",
  ],
  [
    "another method",
    ([a, ...b]) => [{ ...(a as RecordedCall), method: "canon.read" }, ...b],
    1,
    "canon.read was recorded",
  ],
  ["one call too few", (calls) => calls.slice(0, -1), 4, "no such call was recorded"],
  [
    "one call too many",
    (calls) => [...calls, { seq: 5, method: "memory.list", args: {}, result: {}, ms: 0 }],
    5,
    "not asked again",
  ],
];

const MODES = ["clock", "keys", "race", "refused", "cite", "pending", "throw"];

describe("a replay", () => {
  test.each(MODES)("a run with %s comes out byte for byte as it was recorded", async (mode) => {
    const ran = await execute("probe", { mode, keys: { z: 1, a: 2 } });
    const again = await replay(recorded(ran));
    expect(again.diverged).toBeNull();
    expect(JSON.parse(JSON.stringify(again.replayed))).toEqual(judged(ran.answer));
  });

  test("gives the answers in the order in which the module was given them, not in that of asking", async () => {
    const ran = await execute("probe", { mode: "race" });
    const calls = ran.answer.records[0]?.payload.calls as unknown as RecordedCall[];
    expect(calls.map(({ seq }) => seq)).not.toEqual([0, 1, 2, 3, 4]);
    expect(ran.answer.output.reasoning).toBe('[1,"one",2,3]');
  });

  test.each([
    ["hello", { name: "Ada" }],
    ["journal", { do: "write", text: "a note", tags: ["b", "a"] }],
    ["journal", { do: "summarise" }],
    [
      "rust-mentor",
      {
        path: "a.rs",
        source: "fn main() { let x: Option<u8> = None; x.unwrap(); unsafe { std::mem::zeroed::<u8>() }; }",
      },
    ],
  ])("of the built-in module %s equals the original", async (module, input) => {
    const ran = await execute(module, input);
    const again = await replay(recorded(ran));
    expect(again.diverged).toBeNull();
    expect(JSON.parse(JSON.stringify(again.replayed))).toEqual(judged(ran.answer));
  });

  test.each(CHANGED)("of a record with %s names the call", async (_, change, call, detail) => {
    const ran = await execute("probe", { mode: "race" });
    const asked = recorded(ran);
    const first = asked.calls.toSorted((a, b) => (a.seq === 1 ? -1 : b.seq === 1 ? 1 : 0)) as RecordedCall[];
    const { diverged, replayed } = await replay({ ...asked, calls: change(first) });
    expect(diverged).toMatchObject({ call, detail: expect.stringContaining(detail) });
    expect(replayed).toBeNull();
  });

  test("with another result in the record comes out otherwise, and no call is forwarded", async () => {
    const ran = await execute("probe", { mode: "keys" });
    const asked = recorded(ran);
    const calls = asked.calls.map((call) => ({ ...call, result: { items: [] } }));
    const { diverged, replayed } = await replay({ ...asked, calls });
    expect(diverged).toBeNull();
    expect(replayed?.output.reasoning).not.toBe(ran.answer.output.reasoning);
  });

  test("needs the package with that digest and the engine that ran it", async () => {
    const asked = recorded(await execute("probe", { mode: "clock" }));
    const other = `sha256:${"0".repeat(64)}`;
    await expect(replay({ ...asked, digest: other })).rejects.toMatchObject({ code: "replay-module-absent" });
    await expect(replay({ ...asked, module: "gone" })).rejects.toMatchObject({
      code: "replay-module-absent",
    });
    await expect(replay({ ...asked, engine: other })).rejects.toMatchObject({
      code: "replay-engine-differs",
    });
  });
});

test("numbers that RFC 8785 writes longer count as their record holds them: too many end the run by name", async () => {
  const host = new HostCalls(
    {
      ...{ run: uuidv7(), loa: "Operator", levels: {}, grant: "", granted: [] },
      manifest: (await catalog.take("probe", order("probe", {}).digest)).manifest,
      limits: runLimits({}),
    },
    door,
  );
  // 60 KB of `1e15`, which the record writes in 16 digits each.
  const text = `[${Array.from({ length: 12_000 }, () => "1e15").join(",")}]`;
  for (let seq = 0; seq < 24; seq += 1) await host.call(seq, "memory.list", text);
  expect(host.overflow).toBe(true);
  expect(Buffer.byteLength(JSON.stringify({ calls: host.account() }))).toBeLessThan(64 * 1024);
});
