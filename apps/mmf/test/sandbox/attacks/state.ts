import type { Attack } from "./attack.ts";

const refused = { ends: "guest-error" } as const;
const NOW = "2026-11-22T12:00:00.000Z";

/** Attempts to leave something for another run, to change what the guest rests on, or to learn what it may not. */
export const STATE: readonly Attack[] = [
  { title: "polluting Object.prototype", code: "Object.prototype.polluted = 1", ...refused },
  {
    title: "polluting Object.prototype with a getter",
    code: "Object.prototype.__defineGetter__('polluted', () => 1)",
    ...refused,
  },
  { title: "polluting Array.prototype through __proto__", code: "[].__proto__.push = () => 1", ...refused },
  {
    title: "polluting an iterator's prototype",
    code: "Object.getPrototypeOf([].values()).next = () => 1",
    ...refused,
  },
  { title: "replacing JSON.stringify", code: "JSON.stringify = () => '{}'", ...refused },
  { title: "replacing Promise.prototype.then", code: "Promise.prototype.then = () => 1", ...refused },
  { title: "replacing RegExp.prototype.exec", code: "RegExp.prototype.exec = () => null", ...refused },
  { title: "replacing Math.random", code: "Math.random = () => 1", ...refused },
  { title: "a new global", code: "globalThis.leak = 1", ...refused },
  {
    title: "another prototype for the global object",
    code: "Object.setPrototypeOf(globalThis, { leak: 1 })",
    ...refused,
  },
  { title: "another prototype for ctx", code: "Object.setPrototypeOf(ctx, { leak: 1 })", ...refused },
  { title: "a host function of its own ctx replaced", code: "ctx.memory.write = () => 1", ...refused },
  {
    title: "a hook for stack traces, which the next run does not have",
    code: "Error.prepareStackTrace = () => 'hooked'; return new Error().stack",
    ends: "done",
    output: "hooked",
  },
  {
    title: "an output whose __proto__ is a key of its own",
    code: 'return JSON.parse(\'{"__proto__":{"polluted":1}}\')',
    ends: "output-invalid",
  },
  {
    title: "a module that counts its runs",
    code: "let runs = 0; const seen = []; export default { run() { seen.push(++runs); return seen } }",
    ends: "done",
    output: [1],
  },
  {
    title: "a clock by counting",
    code: "const a = Date.now(); let n = 0; while (Date.now() === a && n < 1e5) n++; return [n, a, new Date().toISOString()]",
    ends: "done",
    output: [1e5, Date.parse(NOW), NOW],
  },
  {
    title: "a clock by waiting for the host",
    code: "const a = Date.now(); await ctx.memory.list(); return Date.now() - a",
    ends: "done",
    output: 0,
  },
  {
    title: "the time zone and the language of the machine",
    code: "return [new Date().getTimezoneOffset(), new Date(2026, 0, 1).getTime(), (1234.5).toLocaleString(), typeof Intl]",
    ends: "done",
    output: [0, Date.UTC(2026, 0, 1), "1234.5", "undefined"],
  },
  {
    title: "randomness that the runner does not give",
    code: "return [Math.random.toString().includes('native'), typeof crypto, Object.getOwnPropertyDescriptor(Math, 'random').writable]",
    ends: "done",
    output: [false, "undefined", false],
  },
  {
    title: "paths of the host in a stack",
    code: "let stack = ''; try { null.x } catch (e) { stack = e.stack } return /(\\/|file:|node:|\\.ts)/.test(stack)",
    ends: "done",
    output: false,
  },
  {
    title: "the keys of input and ctx",
    code: "return [Object.keys(input), Object.keys(ctx), Object.getPrototypeOf(input) === Object.prototype]",
    ends: "done",
    output: [["x"], ["runId", "now", "memory", "rag", "canon", "logInteraction", "emitAudit", "llm"], true],
  },
];
