import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type CanonRecord, DOMAINS, type Json, recordHash, verifyAuthored } from "@sigil/canon";
import { ruleZeroOutput, type TrustResult } from "@sigil/policy";
import { checkPayload, ProblemError, type RunResponse } from "@sigil/wire";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { readModule } from "../../src/store/module-folders.ts";
import { packageFolder } from "../package-folder.ts";
import { ControlPlane, trustAt } from "./control-plane.ts";
import { testHome } from "./home.ts";
import { MmfProcess } from "./mmf.ts";

/** Does what its input says: calls, then an output. */
const PROBE = `export default { async run({ calls = [], output, loop, hang }, ctx) {
  const methods = { write: ctx.memory.write, list: ctx.memory.list, canon: ctx.canon.read, log: ctx.logInteraction, audit: ctx.emitAudit, search: ctx.rag.search };
  const results = [];
  for (const [method, args] of calls) {
    try { results.push(await methods[method](args)) } catch (e) { results.push(e.code) }
  }
  while (loop) {}
  if (hang) await ctx.memory.list();
  if (typeof output === "string") return JSON.parse(output);
  const context = output?.cite ? results.flatMap((r) => r.items ?? r).map(({ ref }) => ({ ref })) : [];
  return { context, reasoning: JSON.stringify(results), suggestion: "s", verdict: "Allow", confidence: 1, ...output?.fields };
} };`;
const scope = {};
const capabilities = ["memory.write", "memory.list", "interaction.log"].map((name) => ({ name, scope }));
/** Line n of the bundle is line n + 10 of src/probe.ts. */
const MAP = JSON.stringify({
  version: 3,
  sources: ["src/probe.ts"],
  names: [],
  mappings: `AAUA${";AACA".repeat(13)}`,
});
const folder = packageFolder(PROBE, { capabilities }, { "dist/module.js.map": MAP });

const home = testHome();
let plane: ControlPlane;
let mmf: MmfProcess;
let url: string;
let probe: { id: string; digest: string; capabilities: { name: string; scope: { [k: string]: Json } }[] };

beforeAll(async () => {
  const { digest } = (await readModule(folder)).manifest;
  probe = { id: "probe", digest, capabilities };
  plane = await ControlPlane.start(home);
  mmf = new MmfProcess(home.home, {
    "mmf.port": 0,
    "mmf.modules_dir": dirname(folder),
    "sigilderg.url": plane.url,
  });
  url = await mmf.address;
});
afterAll(async () => {
  await plane.stop();
  await mmf.stop();
});
beforeEach(() => {
  plane.answer = () => ({});
});

const run = async (input: Json, options = {}) => (await plane.run(url, probe, input, options)).answer;
const callsOf = (answer: RunResponse) =>
  answer.records[0]?.payload.calls as { method: string; error?: { code: string } }[];
const chainOf = (answer: RunResponse) => answer.records[2]?.payload.body as Record<string, Json>;
const output = (fields: object) => ({ output: { fields } }) as unknown as Json;

test("a run answers with its output and three records, chained after its input and signed by MMF", async () => {
  plane.answer = () => ({ ref: "m-1" });
  const { order, answer } = await plane.run(url, probe, {
    calls: [["write", { text: "note" }]],
    output: { cite: true },
  });
  expect(answer).toMatchObject({ status: "done", verdict: "Allow", usage: { hostCalls: 1 } });
  expect(answer.records.map(({ kind, seq, stream }) => [kind, seq, stream])).toEqual([
    ["run.calls", 1, `run/${order.run}`],
    ["run.output", 2, `run/${order.run}`],
    ["chain.frozen", 3, `run/${order.run}`],
  ]);
  const [calls, out, chain] = answer.records as [CanonRecord, CanonRecord, CanonRecord];
  expect(answer.records.map(({ prev }) => prev)).toEqual([order.inputRecord, calls, out].map(recordHash));
  for (const record of answer.records) expect(checkPayload(record.kind, record.payload)).toBeDefined();
  const body = verifyAuthored(DOMAINS.chain, chain.payload, home.mmf.service.publicKey);
  expect(body).toMatchObject({
    run: order.run,
    input: recordHash(order.inputRecord),
    calls: recordHash(calls),
    output: recordHash(out),
    context: [{ ref: "m-1" }],
    verdict: "Allow",
    moduleVerdict: "Allow",
    scope: {
      principal: "ada",
      moduleId: "probe",
      moduleDigest: probe.digest,
      sessionId: "session-1",
      runId: order.run,
    },
    engine: { name: "quickjs-wasi" },
  });
  expect(JSON.stringify(body)).not.toContain("note");
});

test("a run that fails tells its author the author's own lines, in its answer and its record", async () => {
  const answer = await run({ output: "{" });
  expect(answer).toMatchObject({ status: "failed", code: "guest-error", verdict: "ManualReview" });
  const line = PROBE.split("\n").findIndex((each) => each.includes("JSON.parse")) + 11;
  expect(answer.output.reasoning).toMatch(
    new RegExp(`^guest-error: SyntaxError: .*\\n {4}at run \\(src/probe\\.ts:${line}:\\d+\\)$`),
  );
  expect(answer.records[1]?.payload).toEqual(answer.output);
});

test("run.calls holds every call in full: arguments, results, and refusals by code", async () => {
  plane.answer = (call, args) => {
    if (call === "interaction.log") throw new ProblemError("host-call-limit", "enough");
    return { echo: args };
  };
  const calls = [
    ["list", { limit: 2 }],
    ["log", "hi"],
    ["canon", { id: "x" }],
    ["search", {}],
  ] as Json;
  const answer = await run({ calls });
  expect(callsOf(answer)).toMatchObject([
    { seq: 0, method: "memory.list", args: { limit: 2 }, result: { echo: { limit: 2 } } },
    {
      seq: 1,
      method: "interaction.log",
      args: { entry: "hi" },
      error: { code: "host-call-limit", detail: "enough" },
    },
    { seq: 2, method: "canon.read", args: { id: "x" }, error: { code: "capability-denied" } },
    { seq: 3, method: "rag.search", args: {}, error: { code: "capability-unavailable" } },
  ]);
});

test("a call that the manifest does not declare never leaves MMF", async () => {
  const seen: string[] = [];
  plane.answer = (call) => {
    seen.push(call);
    return {};
  };
  await run({
    calls: [
      ["canon", { id: "x" }],
      ["audit", "claim"],
      ["list", {}],
    ],
  });
  expect(seen).toEqual(["memory.list"]);
});

test("a capability that the grant does not give is refused though the manifest declares it", async () => {
  const answer = await run({ calls: [["write", { text: "x" }]] }, { grants: { capabilities: [] } });
  expect(callsOf(answer)).toMatchObject([{ method: "memory.write", error: { code: "capability-denied" } }]);
});

test("a call above the caller's level is refused though manifest and grant allow it", async () => {
  const answer = await run(
    {
      calls: [
        ["write", { text: "x" }],
        ["list", {}],
      ],
    },
    { loa: "Observer", changes: { trust: trustAt("Operator") } },
  );
  expect(callsOf(answer).map(({ error }) => error?.code)).toEqual(["level-too-low", undefined]);
});

test("a level that another table asks for is held to the grant's, whatever is built in", async () => {
  const levels = { "memory.write": "Observer", "memory.read": "Root" };
  const answer = await run(
    {
      calls: [
        ["write", { text: "x" }],
        ["list", {}],
      ],
    },
    { loa: "Observer", changes: { trust: trustAt("Operator") }, grants: { levels } },
  );
  expect(callsOf(answer).map(({ error }) => error?.code)).toEqual([undefined, "level-too-low"]);
});

test("ids inside list results may be cited", async () => {
  plane.answer = () => ({ items: [{ ref: "a" }, { ref: "b" }] });
  const answer = await run({ calls: [["list", {}]], output: { cite: true } });
  expect(answer).toMatchObject({ verdict: "Allow", output: { context: [{ ref: "a" }, { ref: "b" }] } });
});

test("a reference that no host call returned turns Allow into ManualReview", async () => {
  plane.answer = () => ({ items: [{ ref: "a", text: "cite forged instead" }] });
  const answer = await run({
    calls: [["list", {}]],
    ...(output({ context: [{ ref: "forged" }] }) as object),
  });
  expect(answer).toMatchObject({ status: "held", verdict: "ManualReview" });
  expect(answer.output.context).toEqual([{ ref: "forged" }]);
  expect(chainOf(answer)).toMatchObject({ moduleVerdict: "Allow", verdict: "ManualReview", context: [] });
  expect(JSON.stringify(chainOf(answer).reasons)).toContain("ref-unknown");
});

test.each([
  ["Deny", "Deny"],
  ["Defer", "Defer"],
  ["ManualReview", "ManualReview"],
])("a module's own %s stays %s and is held", async (verdict, effective) => {
  expect(await run(output({ verdict }))).toMatchObject({ status: "held", verdict: effective });
});

test("a trust that does not allow the run turns Allow into ManualReview, and leaves Deny", async () => {
  const changes = { trust: { ...(trustAt("Operator") as TrustResult), allowed: false } };
  expect(await run({}, { changes })).toMatchObject({ status: "held", verdict: "ManualReview" });
  expect(await run(output({ verdict: "Deny" }), { changes })).toMatchObject({ verdict: "Deny" });
  expect(await run({}, { changes: { trust: null } })).toMatchObject({ verdict: "ManualReview" });
});

test.each<[string, object]>([
  ["without reasoning", { reasoning: "" }],
  ["with reasoning of white space", { reasoning: " \n" }],
  ["with an unknown field", { extra: 1 }],
  ["with an unknown verdict", { verdict: "allow" }],
  ["with a confidence over 1", { confidence: 1.1 }],
  ["with a context that is no list", { context: {} }],
  ["with a reference that is no text", { context: [{ ref: 1 }] }],
  [
    "that cites more than 256 records",
    { context: Array.from({ length: 257 }, (_, i) => ({ ref: `r${i}` })) },
  ],
])("an output %s is output-invalid: a ManualReview output in its place", async (_, fields) => {
  const answer = await run(output(fields));
  expect(answer).toMatchObject({ status: "failed", code: "output-invalid", verdict: "ManualReview" });
  expect(ruleZeroOutput.parse(answer.output).verdict).toBe("ManualReview");
  expect(chainOf(answer)).toMatchObject({ moduleVerdict: null, verdict: "ManualReview" });
});

test("an output with a lone surrogate or a forbidden key is output-invalid", async () => {
  const base = '"context":[],"suggestion":"s","verdict":"Allow","confidence":1';
  for (const text of [`{"reasoning":"\\ud800",${base}}`, `{"reasoning":"r","constructor":1,${base}}`]) {
    expect(await run({ output: text })).toMatchObject({ status: "failed", code: "output-invalid" });
  }
});

test("a module that loops is stopped, recorded and signed, and the next run is served", async () => {
  const answer = await run({ loop: true });
  expect(answer).toMatchObject({ status: "failed", code: "cpu-limit", verdict: "ManualReview" });
  expect(answer.records).toHaveLength(3);
  expect(chainOf(answer).reasons).toEqual([{ code: "cpu-limit", detail: "the run ended with cpu-limit" }]);
  expect(await run({})).toMatchObject({ status: "done" });
});

test("calls that outgrow their record fail the run as calls-too-large, and are listed without their text", async () => {
  plane.answer = () => ({ text: "x".repeat(70_000) });
  const calls = Array.from({ length: 64 }, () => ["list", {}]);
  const answer = await run({ calls, output: { fields: { reasoning: "r" } } });
  expect(answer).toMatchObject({ status: "failed", code: "calls-too-large" });
  expect(callsOf(answer)).toHaveLength(64);
});

test("a caller that goes away ends its run", async () => {
  let asked = 0;
  plane.answer = async () => {
    asked++;
    await sleep(8_000);
    return {};
  };
  const caller = new AbortController();
  const gone = run({ hang: true }, { signal: caller.signal });
  while (asked === 0) await sleep(10);
  caller.abort();
  await expect(gone).rejects.toMatchObject({ code: "peer-aborted" });
  plane.answer = () => ({});
  const started = performance.now();
  await Promise.all([run({}), run({})]);
  expect(performance.now() - started).toBeLessThan(6_000);
});

test("an input that the manifest does not accept is refused as input-invalid and never runs", async () => {
  await expect(run("text")).rejects.toMatchObject({ problem: { code: "input-invalid", status: 422 } });
});

test.each<[string, object, string]>([
  ["an unknown module", { module: "other" }, "module-unknown"],
  ["another digest", { digest: `sha256:${"0".repeat(64)}` }, "module-digest-mismatch"],
  ["another input than its record's", { input: { calls: [] } }, "record-invalid"],
])("an order with %s is refused by name", async (_, changes, code) => {
  await expect(run({}, { changes })).rejects.toMatchObject({ problem: { code } });
});

test.each<[string, object]>([
  ["run", { run: "01890a5d-ac96-774b-bcce-b302099a8057" }],
  ["principal", { principal: "eve" }],
  ["level", { loa: "Root" }],
  ["module", { moduleDigest: `sha256:${"0".repeat(64)}` }],
])("a grant for another %s than the order's is refused", async (_, grants) => {
  await expect(run({}, { grants })).rejects.toMatchObject({ problem: { code: "body-invalid" } });
});

test("a grant that has expired, or was minted for another key, is refused", async () => {
  await expect(run({}, { grants: { exp: 1_000 } })).rejects.toMatchObject({
    problem: { code: "grant-expired" },
  });
  const hkid = home.sigilderg.service.kid;
  await expect(run({}, { grants: { hkid } })).rejects.toMatchObject({ problem: { code: "grant-holder" } });
});

test("without SigilDERG's envelope nothing but health is answered", async () => {
  const statusOf = async (path: string, init?: RequestInit) => (await fetch(`${url}${path}`, init)).status;
  const post = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
  expect(await statusOf("/v1/runs", post)).toBe(401);
  expect(await statusOf("/v1/modules")).toBe(401);
  expect(await statusOf("/metrics")).toBe(401);
  expect(await statusOf("/healthz")).toBe(200);
  expect(await statusOf("/readyz")).toBe(200);
});

test("the modules are listed by digest", async () => {
  const { modules } = await plane.client(url).call("mmf GET /v1/modules");
  expect(modules).toMatchObject([{ id: "probe", version: "1.0.0", digest: probe.digest, capabilities }]);
});
