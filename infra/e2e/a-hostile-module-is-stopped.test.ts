import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { plant } from "./packages.ts";
import { Runtime, temporaryHome } from "./runtime.ts";

const place = temporaryHome("hostile");
const modules = join(place.parent, "modules");
let runtime: Runtime;

/** What each module does in `run`, or in place of the whole file. */
const HOSTILE: Record<string, string> = {
  loops: "for (;;) {}",
  "loops-in-microtasks": "const again = () => Promise.resolve().then(again); await again();",
  "never-ends": "await new Promise(() => {});",
  "hoards-memory": "const hoard = []; for (;;) hoard.push(new Array(100000).fill(hoard.length));",
  recurses: "const deeper = (n) => deeper(n + 1) + 1; deeper(0);",
  "reaches-out": `
    const found = ["process", "require", "fetch", "XMLHttpRequest", "WebSocket", "Deno", "Bun", "setTimeout", "SharedArrayBuffer", "WebAssembly"]
      .filter((name) => typeof globalThis[name] !== "undefined");
    let escaped = "nothing";
    try { escaped = (() => {}).constructor("return typeof process")(); } catch (error) { escaped = error.name; }
    return { context: [], reasoning: "found " + JSON.stringify(found) + " escaped " + escaped, suggestion: "none", verdict: "Allow", confidence: 1 };`,
  "writes-ungranted": `
    await ctx.memory.write({ text: "planted by a module without the capability" });
    return { context: [], reasoning: "wrote", suggestion: "none", verdict: "Allow", confidence: 1 };`,
  "cites-what-it-never-read": `
    return { context: [{ ref: "01900000-0000-7000-8000-000000000000" }], reasoning: "trust me", suggestion: "none", verdict: "Allow", confidence: 1 };`,
  "explains-nothing": `return { context: [], reasoning: "", suggestion: "none", verdict: "Allow", confidence: 1 };`,
};

const LIMITS = { limits: { wallMs: 5000 } };

beforeAll(async () => {
  for (const [id, body] of Object.entries(HOSTILE))
    await plant(modules, id, `export default { async run(input, ctx) { ${body} } };\n`, LIMITS);
  await plant(
    modules,
    "imports-fs",
    'import fs from "node:fs";\nexport default { run() { return fs.readFileSync("/etc/passwd", "utf8"); } };\n',
    LIMITS,
  );
  runtime = await Runtime.start(place.home, [`mmf.modules_dir=${modules}`]);
});
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

const run = (id: string) => runtime.door("POST", `/v1/modules/${id}/runs`, { body: { input: {} } });

describe("a module that loops, hoards memory or reaches for what it was not given", () => {
  const stopped: [string, RegExp][] = [
    ["loops", /^(cpu|wall)-limit$/],
    ["loops-in-microtasks", /^(cpu|wall|memory)-limit$/],
    ["never-ends", /^(wall-limit|run-stalled)$/],
    ["hoards-memory", /^memory-limit$/],
    ["recurses", /^(stack-limit|guest-error)$/],
    ["imports-fs", /./],
    ["explains-nothing", /^output-invalid$/],
  ];
  for (const [id, code] of stopped) {
    test(`${id}: the run fails by name, and its chain and outcome are recorded`, async () => {
      const { status, body, text } = await run(id);
      expect(status, text).toBe(200);
      expect(body.status).toBe("failed");
      expect(body.code).toMatch(code);
      expect(body.verdict).toBe("ManualReview");
      const kinds = body.records.map((record: { kind: string }) => record.kind);
      for (const kind of ["run.input", "run.calls", "run.output", "chain.frozen", "decision.outcome"])
        expect(kinds).toContain(kind);
    });
  }

  test("finds no process, require, fetch, timer or constructor of code in its world", async () => {
    const { body } = await run("reaches-out");
    expect(body.output.reasoning).toContain("found []");
    expect(body.output.reasoning).toMatch(
      /escaped (EvalError|TypeError|SyntaxError|ReferenceError|InternalError)/,
    );
  });

  test("writes nothing without the capability", async () => {
    const { body } = await run("writes-ungranted");
    expect(body.verdict).toBe("ManualReview");
    expect(JSON.stringify((await runtime.door("GET", "/v1/memory")).body)).not.toContain("planted");
  });

  test("gets ManualReview instead of Allow when it cites what it never read", async () => {
    const { body } = await run("cites-what-it-never-read");
    expect(body.status, JSON.stringify(body)).toBe("held");
    expect(body.verdict).toBe("ManualReview");
    expect(JSON.stringify(body.reasons)).toContain("ref");
  });

  test("is suspended once it broke the rules often enough: its runs are refused by name until a Root reinstates it", async () => {
    const { limit, digests } = await runtime.json("module", "show", "explains-nothing");
    const ends = [];
    for (let at = 0; at <= limit.violations; at += 1) ends.push((await run("explains-nothing")).body.code);
    expect(ends.at(-1)).toBe("module-suspended");
    const refused = await runtime.cli("module", "run", "explains-nothing", "--input", "{}");
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain("error: module-suspended");
    expect(refused.stderr).toContain("sigil module show");
    const shown = await runtime.cli("module", "show", "explains-nothing");
    expect(shown.stdout).toMatch(/suspended +1\.0\.0 +5 of 5/);
    expect(shown.stdout.match(/output-invalid +run /g)).toHaveLength(limit.violations);
    const why = ["--reason", "looked at"];
    await runtime.json("module", "reinstate", "explains-nothing", digests[0].digest, ...why);
    expect((await run("explains-nothing")).body.code).toBe("output-invalid");
  });

  test("leaves the runtime answering the next caller", async () => {
    const started = performance.now();
    const answer = await runtime.door("GET", "/v1/memory");
    expect(answer.status).toBe(200);
    expect(performance.now() - started).toBeLessThan(5000);
  });
});
