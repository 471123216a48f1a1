import { afterAll, beforeAll, expect, test } from "vitest";
import { runLimits } from "../../src/domain/limits.ts";
import type { SandboxRun } from "../../src/domain/sandbox.ts";
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

const ended: [attack: string, body: string, code: string][] = [
  ["an infinite loop", "while (true) {}", "cpu-limit"],
  ["an infinite loop inside try and catch", "for (;;) { try { while (true) {} } catch {} }", "cpu-limit"],
  ["an infinite loop inside finally", "try { while (true) {} } finally { return 1 }", "cpu-limit"],
  ["an infinite chain of microtasks", "for (;;) await null;", "cpu-limit"],
  [
    "microtasks that queue microtasks",
    "const f = () => queueMicrotask(f); f(); await new Promise(() => {});",
    "cpu-limit",
  ],
  [
    "an interrupted async function whose rejection is caught",
    "const f = async () => { for (;;) {} }; for (;;) try { await f() } catch {}",
    "cpu-limit",
  ],
  [
    "a microtask that throws",
    "queueMicrotask(() => { throw new Error('late') }); await null; return 1",
    "guest-error",
  ],
  ["a getter that loops while the output is encoded", "return { get a() { while (true) {} } }", "cpu-limit"],
  ["a toJSON that loops", "return { toJSON() { while (true) {} } }", "cpu-limit"],
  ["a thenable that loops", "return { then() { while (true) {} } }", "cpu-limit"],
  [
    "a thrown proxy whose traps loop",
    "throw new Proxy({}, { getOwnPropertyDescriptor() { while (true) {} } })",
    "cpu-limit",
  ],
  [
    "a regular expression with catastrophic backtracking",
    "return /(a+)+$/.test('a'.repeat(50) + 'b')",
    "cpu-limit",
  ],
  ["a promise that never settles", "await new Promise(() => {})", "run-stalled"],
  ["a thenable that never calls back", "return { then() {} }", "run-stalled"],
  ["a bomb of arrays", "const a = []; for (;;) a.push(new Array(1000).fill(1))", "memory-limit"],
  [
    "a bomb of strings",
    "const a = []; for (let i = 0; ; i++) a.push('x'.repeat(100000) + i)",
    "memory-limit",
  ],
  ["a bomb of typed arrays", "const a = []; for (;;) a.push(new Uint8Array(1 << 20))", "memory-limit"],
  ["a bomb of promises", "const f = async () => { await null; return f() }; await f()", "memory-limit"],
  ["one allocation larger than the limit", "return new ArrayBuffer(1 << 28).byteLength", "memory-limit"],
  [
    "a memory bomb that catches its errors and goes on",
    "const a = []; for (;;) try { a.push('x'.repeat(99999) + a.length) } catch {}",
    "cpu-limit",
  ],
  ["endless recursion", "const f = () => f() + 1; return f()", "stack-limit"],
  ["deeply nested input to JSON.parse", "return JSON.parse('['.repeat(200000))", "stack-limit"],
  ["a flood of host calls", "for (;;) await ctx.memory.list()", "calls-limit"],
  [
    "a flood of host calls that catches its refusals",
    "for (;;) try { await ctx.memory.list() } catch {}",
    "calls-limit",
  ],
  [
    "a flood of host calls without await",
    "for (let i = 0; i < 100000; i++) ctx.memory.list(); return 1",
    "calls-limit",
  ],
  ["a huge argument", "await ctx.memory.write({ text: 'x'.repeat(65536) })", "argument-too-large"],
  [
    "an argument that is huge in bytes only",
    "await ctx.memory.write({ text: '€'.repeat(22000) })",
    "argument-too-large",
  ],
  [
    "a huge argument whose refusal is caught",
    "try { await ctx.memory.write({ text: 'x'.repeat(65536) }) } catch {} return 1",
    "argument-too-large",
  ],
  ["a huge output", "return 'x'.repeat(262144)", "output-too-large"],
  ["an output that is huge in bytes only", "return '€'.repeat(90000)", "output-too-large"],
  ["work after the end", "ctx.memory.write({ text: 'late' }); return 1", "pending-calls"],
  ["an output that is not JSON", "return undefined", "guest-error"],
  ["an output that is a BigInt", "return 1n", "guest-error"],
  ["a circular output", "const a = {}; a.a = a; return a", "guest-error"],
  ["a thrown null", "throw null", "guest-error"],
  ["a thrown object whose toString throws", "throw { toString() { throw 1 } }", "guest-error"],
  ["reaching for process", "return process.env", "guest-error"],
  ["reaching for require", "return require('node:fs')", "guest-error"],
  ["reaching for fetch", "return await fetch('http://127.0.0.1:7402')", "guest-error"],
  ["importing a node: module dynamically", "return await import('node:fs')", "guest-error"],
  ["eval", "return eval('1')", "guest-error"],
  ["indirect eval", "return (0, eval)('1')", "guest-error"],
  ["the Function constructor", "return Function('return 1')()", "guest-error"],
  ["the constructor of an arrow function", "return (() => {}).constructor('return 1')()", "guest-error"],
  [
    "the constructor of an async function",
    "return await (async () => {}).constructor('return 1')()",
    "guest-error",
  ],
  [
    "the constructor of a generator function",
    "return (function* () {}).constructor('return 1')().next()",
    "guest-error",
  ],
  [
    "the constructor of an async generator function",
    "return (async function* () {}).constructor('return 1')()",
    "guest-error",
  ],
  [
    "Reflect.construct of the Function constructor",
    "return Reflect.construct(Function, ['return 1'])()",
    "guest-error",
  ],
  [
    "the constructor of the host's own function, found on ctx",
    "return ctx.memory.write.constructor('return 1')()",
    "guest-error",
  ],
  ["polluting Object.prototype", "Object.prototype.polluted = 1", "guest-error"],
  ["polluting Array.prototype through __proto__", "[].__proto__.push = () => 1", "guest-error"],
  ["replacing JSON.stringify", "JSON.stringify = () => '{}'", "guest-error"],
  ["replacing Promise.prototype.then", "Promise.prototype.then = () => 1", "guest-error"],
  ["replacing Math.random", "Math.random = () => 1", "guest-error"],
  ["a new global", "globalThis.leak = 1", "guest-error"],
  ["a host function of its own ctx replaced", "ctx.memory.write = () => 1", "guest-error"],
];

/** So that a slow machine does not reach another limit before the one that an attack is about. */
const ROOM: Record<string, Partial<SandboxRun>> = {
  "cpu-limit": { limits: runLimits({ wallMs: 60_000 }) },
  "memory-limit": { limits: runLimits({ cpuMs: 20_000, wallMs: 60_000 }) },
};

for (const [attack, body, code] of ended) {
  test(`${attack} ends as ${code}`, async () => {
    expect(await outcomeOf(body, ROOM[code])).toBe(code);
  });
}

test("an import statement is refused when the module is loaded", async () => {
  const outcome = await pool.run(
    moduleRun("import fs from 'node:fs'; export default { run() { return 1 } }"),
  );
  expect(outcome).toMatchObject({
    ok: false,
    code: "module-invalid",
    message: expect.stringContaining("imports nothing"),
  });
});

test.each([
  ["a syntax error", "export default {"],
  ["no default export", "export const run = 1"],
  ["a default export without run", "export default {}"],
  ["a throw at the top level", "throw new Error('boom'); export default { run() {} }"],
  ["a top level that awaits for ever", "await new Promise(() => {}); export default { run() {} }"],
])("a module with %s is module-invalid", async (_, code) => {
  expect(await pool.run(moduleRun(code))).toMatchObject({ ok: false, code: "module-invalid" });
});

test("a top level that loops ends as cpu-limit", async () => {
  expect(await pool.run(moduleRun("for (;;) {} export default { run() {} }"))).toMatchObject({
    code: "cpu-limit",
  });
});

test("a top level cannot make host calls", async () => {
  const code =
    "let seen; try { hostCall('memory.list', '{}') } catch (e) { seen = e.name } export default { run() { return seen } }";
  expect(await pool.run(moduleRun(code))).toMatchObject({ ok: true, output: '"ReferenceError"' });
});

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
