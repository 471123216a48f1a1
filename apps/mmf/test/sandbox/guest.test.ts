import { afterAll, beforeAll, expect, test } from "vitest";
import { RunnerPool } from "../../src/sandbox/pool.ts";
import { answer, guestRun, moduleRun } from "./guest.ts";

const pool = new RunnerPool({ runners: 1, isolation: "process" });
beforeAll(() => pool.ready());
afterAll(() => pool.close());

/** The outcome in one word: the output's JSON text, or the code. */
async function outcomeOf(body: string, settings = {}): Promise<string> {
  const outcome = await pool.run(guestRun(body, settings));
  return outcome.ok ? outcome.output : outcome.code;
}

test("nothing that acts, measures time or shares memory is global", async () => {
  const names = [
    "process",
    "require",
    "module",
    "Buffer",
    "fetch",
    "WebSocket",
    "setTimeout",
    "setInterval",
    "setImmediate",
    "performance",
    "crypto",
    "SharedArrayBuffer",
    "Atomics",
    "WeakRef",
    "FinalizationRegistry",
    "eval",
    "console",
    "hostCall",
    "WebAssembly",
    "std",
    "os",
    "bjson",
  ];
  expect(
    JSON.parse(await outcomeOf(`return ${JSON.stringify(names)}.filter((name) => name in globalThis)`)),
  ).toEqual([]);
});

test("every intrinsic that a module can reach is frozen", async () => {
  const body = `
    const seen = new Set(), open = [];
    const queue = [[globalThis, 'globalThis'], [[][Symbol.iterator](), 'array iterator'], [(function* () {})(), 'generator'], [async () => {}, 'async'], [/x/, 'regexp']];
    while (queue.length) {
      const [value, name] = queue.pop();
      if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value)) continue;
      seen.add(value);
      const builtin = value !== globalThis && !name.match(/^(array iterator|generator|generator.__proto__|async|regexp)$/);
      if (builtin && !Object.isFrozen(value)) open.push(name);
      queue.push([Object.getPrototypeOf(value), name + '.__proto__']);
      for (const key of Reflect.ownKeys(value)) {
        const d = Object.getOwnPropertyDescriptor(value, key);
        for (const part of [d.value, d.get, d.set]) queue.push([part, name + '.' + String(key)]);
      }
    }
    return { count: seen.size > 500, open: open, extensible: Object.isExtensible(globalThis) };`;
  expect(JSON.parse(await outcomeOf(body))).toEqual({ count: true, open: [], extensible: false });
});

test("ordinary classes work although the prototypes they extend are frozen", async () => {
  const body = `
    class Fault extends TypeError { constructor(m) { super(m); this.name = 'Fault'; this.message += '!'; } toString() { return 'own' } }
    class List extends Array { constructor(...a) { super(...a); this.toString = () => 'list' } }
    const plain = {}; plain.constructor = 1; plain.toString = 2; plain.hasOwnProperty = 3;
    const fault = new Fault('m');
    return [fault.name, fault.message, String(fault), new TypeError('t').name, String(new List()), plain.constructor, plain.toString, plain.hasOwnProperty, Object.keys(plain)];`;
  expect(JSON.parse(await outcomeOf(body))).toEqual([
    "Fault",
    "m!",
    "own",
    "TypeError",
    "list",
    1,
    2,
    3,
    ["constructor", "toString", "hasOwnProperty"],
  ]);
});

test("the clock stands at the start of the run, in UTC", async () => {
  const body =
    "const a = Date.now(); for (let i = 0; i < 1e5; i++); return [a, Date.now(), new Date().toISOString(), new Date().getTimezoneOffset(), ctx.now]";
  const now = Date.parse("2026-11-22T12:00:00.000Z");
  expect(JSON.parse(await outcomeOf(body))).toEqual([now, now, "2026-11-22T12:00:00.000Z", 0, now]);
});

test("randomness follows from the run id alone", async () => {
  const body = "return [Math.random(), Math.random(), Math.random()]";
  const first = await outcomeOf(body, { run: "run-a" });
  expect(await outcomeOf(body, { run: "run-a" })).toBe(first);
  expect(await outcomeOf(body, { run: "run-b" })).not.toBe(first);
  const numbers = JSON.parse(first) as number[];
  expect(new Set(numbers).size).toBe(3);
  expect(numbers.every((n) => n >= 0 && n < 1)).toBe(true);
});

test("two runs of one module share no state", async () => {
  const code =
    "let count = 0; const seen = []; export default { run() { count++; seen.push(count); return [count, seen] } }";
  const run = moduleRun(code);
  expect(await pool.run(run)).toMatchObject({ output: "[1,[1]]" });
  expect(await pool.run({ ...run, run: "another" })).toMatchObject({ output: "[1,[1]]" });
});

test("the results of host calls are JSON of their own, with the guest's prototypes", async () => {
  const body =
    "const r = await ctx.memory.list(); return [r.polluted, r.list instanceof Array, Object.getPrototypeOf(r) === Object.prototype, {}.polluted]";
  expect(await outcomeOf(body, { call: answer({ ["__proto__"]: 1, polluted: undefined, list: [1] }) })).toBe(
    "[null,true,true,null]",
  );
});

test("a refused host call is an error that the module can catch, with its code", async () => {
  const call = async () => ({ ok: false as const, code: "capability-denied", message: "not granted" });
  const body =
    "try { await ctx.memory.list() } catch (e) { return [e instanceof Error, e.name, e.code, e.message] }";
  expect(JSON.parse(await outcomeOf(body, { call }))).toEqual([
    true,
    "HostCallError",
    "capability-denied",
    "not granted",
  ]);
});

test("an error shows the module's own line", async () => {
  const code = "export default {\n  run() {\n    return missing;\n  },\n};";
  const outcome = await pool.run(moduleRun(code));
  expect(outcome).toMatchObject({
    code: "guest-error",
    message: expect.stringMatching(/missing[\s\S]*module\.js:3/),
  });
});
