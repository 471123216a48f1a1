import { fromUtf8 } from "@sigil/crypto";
import type { RehearsalAnswer } from "@sigil/wire";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { answerRehearsal } from "../../src/commands/rehearse.ts";
import { RunnerPool } from "../../src/sandbox/pool.ts";
import { packageFiles } from "../package-folder.ts";

let sandbox: RunnerPool;
beforeAll(async () => {
  sandbox = new RunnerPool({ runners: 1, isolation: "process" });
  await sandbox.ready();
});
afterAll(() => sandbox.close());

const module = (body: string) => `export default { async run(input, ctx) { ${body} } };`;
const ending = `return { context, reasoning: "read", suggestion: said, verdict: "Allow", confidence: 1 };`;

/** The answer to a rehearsal of a package with this code, or of what `changes` makes of it. */
async function rehearsed(code: string, manifest: object, changes: object = {}, more: object = {}) {
  const files = packageFiles({ "dist/module.js": code, ...more }, manifest);
  const request = {
    id: 7,
    do: "rehearse",
    files: Object.fromEntries([...files].map(([path, bytes]) => [path, fromUtf8(bytes)])),
    input: {},
    loa: "Operator",
    now: "2026-01-01T00:00:00.000Z",
    world: {},
    ...changes,
  };
  return answerRehearsal(JSON.stringify(request), sandbox);
}

function rehearsal(answer: RehearsalAnswer) {
  if (!("rehearsal" in answer)) throw new Error(JSON.stringify(answer));
  return answer.rehearsal;
}

describe("a rehearsed run", () => {
  test("finds what it was given, and its calls, refs and costs are those of a real run", async () => {
    const code = module(`
      const { items } = await ctx.memory.list({ tag: "b" });
      const entry = await ctx.canon.read({ stream: "system/canon/a" });
      const made = await ctx.memory.write({ text: "new" });
      const after = await ctx.memory.list();
      const context = [items[0].ref, entry.ref, made.ref].map((ref) => ({ ref }));
      const said = [items.length, entry.title, after.items.length, Math.random() < 1, Date.now()].join();
      ${ending}`);
    const capabilities = ["memory.list", "memory.write", "canon.read"].map((name) => ({ name, scope: {} }));
    const world = {
      memory: [
        { text: "old", tags: ["a"] },
        { ref: "second", text: "newer", tags: ["b"] },
      ],
      canon: [{ stream: "system/canon/a", title: "A", text: "…" }],
    };
    const { verdict, output, calls, usage, replay } = rehearsal(
      await rehearsed(code, { capabilities }, { world }),
    );
    expect(verdict).toBe("Allow");
    // A staged block is cited, and read by no call of its own run.
    expect(output.suggestion).toBe("1,A,2,true,1767225600000");
    expect(output.context[0]).toEqual({ ref: "second" });
    expect(calls.map(({ method }) => method)).toEqual([
      "memory.list",
      "canon.read",
      "memory.write",
      "memory.list",
    ]);
    expect(usage.hostCalls).toBe(4);
    expect(replay).toEqual({ same: true, detail: null });
  });

  test("is refused the calls that its manifest does not declare, by the same judgement", async () => {
    const code = module(`
      const context = [];
      const said = await ctx.memory.list().catch((error) => error.code);
      ${ending}`);
    const { output, calls } = rehearsal(await rehearsed(code, {}));
    expect(output.suggestion).toBe("capability-denied");
    expect(calls[0]?.error?.code).toBe("capability-denied");
  });

  test("has the arguments of its calls refused as SigilDERG refuses them", async () => {
    const code = module(`
      const context = [];
      const ask = [
        ctx.memory.list({ limit: 0 }),
        ctx.canon.read({ stream: "system/canon/none" }),
        ctx.canon.read({ id: "other" }),
      ];
      const said = (await Promise.allSettled(ask)).map(({ reason }) => reason.code).join();
      ${ending}`);
    const capabilities = [
      { name: "memory.list", scope: {} },
      { name: "canon.read", scope: { streams: ["system/canon/*"] } },
    ];
    const world = { canon: [{ ref: "other", stream: "system/other", text: "not for this module" }] };
    expect(rehearsal(await rehearsed(code, { capabilities }, { world })).output.suggestion).toBe(
      "host-call-invalid,not-found,capability-missing",
    );
  });

  test("that cites what it did not read is no Allow", async () => {
    const code = module(`const context = [{ ref: "second" }]; const said = "x"; ${ending}`);
    const { verdict, reasons } = rehearsal(
      await rehearsed(code, {}, { world: { memory: [{ ref: "second", text: "old" }] } }),
    );
    expect(verdict).toBe("ManualReview");
    expect(reasons[0]?.code).toBe("ref-unknown");
  });

  test("that fails shows the author's own lines through the source map, and none of the host's", async () => {
    const code = `function inner() {\n  throw new TypeError("bad");\n}\nexport default { async run() { inner(); } };`;
    // Line n of the bundle is line n + 10 of src/greet.ts.
    const map = JSON.stringify({
      version: 3,
      sources: ["src/greet.ts"],
      names: [],
      mappings: "AAUA;AACA;AACA;AACA",
    });
    const answer = await rehearsed(code, {}, {}, { "dist/module.js.map": map });
    const { code: why, output } = rehearsal(answer);
    expect(why).toBe("guest-error");
    expect(output.reasoning).toMatch(
      /^guest-error: TypeError: bad\n {4}at inner \(src\/greet\.ts:12:\d+\)\n {4}at run \(src\/greet\.ts:14:\d+\)$/,
    );
  });

  test("of a package or an input that is refused answers by name, and the next is served", async () => {
    const code = module(`const context = []; const said = "x"; ${ending}`);
    const refusals: [answer: RehearsalAnswer, code: string][] = [
      [await rehearsed(code, {}, { files: { "dist/module.js": code } }), "manifest-missing"],
      [await rehearsed(code, {}, { input: [] }), "input-invalid"],
      [await rehearsed(code, {}, { loa: "Emperor" }), "request-invalid"],
      [await answerRehearsal("{", sandbox), "request-invalid"],
    ];
    for (const [answer, refused] of refusals) expect("error" in answer && answer.error.code).toBe(refused);
    expect(rehearsal(await rehearsed(code, {})).verdict).toBe("Allow");
  });
});

describe("a module that is only evaluated", () => {
  const evaluated = (code: string) =>
    answerRehearsal(JSON.stringify({ id: 1, do: "evaluate", code }), sandbox);

  test("answers what its run returns, and may ask for nothing", async () => {
    expect(await evaluated("export default { run: () => ({ capabilities: [] }) };")).toEqual({
      id: 1,
      value: { capabilities: [] },
    });
    expect(await evaluated(module("return ctx.canon.read({ id: 'x' }).catch((e) => e.code);"))).toEqual({
      id: 1,
      value: "capability-denied",
    });
  });

  test("says by name why it cannot be", async () => {
    expect(await evaluated("import fs from 'node:fs'; export default { run() {} };")).toMatchObject({
      error: { code: "module-invalid", message: expect.stringContaining("imports nothing") },
    });
  });
});
