import type { Attack } from "./attack.ts";

const refused = { ends: "guest-error" } as const;
const invalid = { ends: "module-invalid" } as const;

/** Each way to a constructor of functions from text. */
const CONSTRUCTORS: readonly [through: string, code: string][] = [
  ["an arrow function", "(() => {}).constructor('return 1')()"],
  ["an async function", "await (async () => {}).constructor('return 1')()"],
  ["a generator function", "(function* () {}).constructor('return 1')().next()"],
  ["an async generator function", "(async function* () {}).constructor('return 1')()"],
  ["a bound function", "(function () {}).bind().constructor('return 1')()"],
  ["a class", "(class {}).constructor('return 1')()"],
  ["an error", "new Error().constructor.constructor('return 1')()"],
  [
    "a getter of an intrinsic",
    "Object.getOwnPropertyDescriptor(Map.prototype, 'size').get.constructor('return 1')()",
  ],
  ["the host's own function, found on ctx", "ctx.memory.write.constructor('return 1')()"],
  ["the promise of a host call", "ctx.memory.list().constructor.constructor('return 1')()"],
  [
    "the this of a reviver",
    "JSON.parse('1', function () { return this.constructor.constructor('return 1')() })",
  ],
  ["Reflect.construct", "Reflect.construct(Function, ['return 1'])()"],
  ["Reflect.construct for a class of its own", "Reflect.construct(Function, ['return 1'], class {})()"],
];

/** Attempts to run code that was not in the package, or to reach what is outside the guest. */
export const CODE: readonly Attack[] = [
  { title: "eval", code: "return eval('1')", ...refused },
  { title: "indirect eval", code: "return (0, eval)('1')", ...refused },
  { title: "the Function constructor", code: "return Function('return 1')()", ...refused },
  ...CONSTRUCTORS.map(
    ([through, code]): Attack => ({
      title: `the constructor of functions, through ${through}`,
      code: `return ${code}`,
      ...refused,
    }),
  ),
  { title: "importing a node: module dynamically", code: "return await import('node:fs')", ...refused },
  { title: "importing a file dynamically", code: "return await import('/etc/passwd')", ...refused },
  {
    title: "importing a data: URL dynamically",
    code: "return await import('data:text/javascript,1')",
    ...refused,
  },
  {
    title: "import.meta for the place of the module",
    code: "return [Object.keys(import.meta), typeof import.meta.url]",
    ends: "done",
    output: [[], "undefined"],
  },
  {
    title: "an import statement",
    code: "import fs from 'node:fs'; export default { run() { return 1 } }",
    ...invalid,
  },
  {
    title: "an import of JSON",
    code: "import x from './sigil.sig.json' with { type: 'json' }; export default { run() { return x } }",
    ...invalid,
  },
  {
    title: "an export from a node: module",
    code: "export * from 'node:fs'; export default { run() { return 1 } }",
    ...invalid,
  },
  { title: "a syntax error", code: "export default {", ...invalid },
  { title: "no default export", code: "export const run = 1", ...invalid },
  { title: "a default export without run", code: "export default {}", ...invalid },
  {
    title: "a throw at the top level",
    code: "throw new Error('boom'); export default { run() {} }",
    ...invalid,
  },
  {
    title: "a top level that awaits for ever",
    code: "await new Promise(() => {}); export default { run() {} }",
    ...invalid,
  },
  {
    title: "a run that is a getter that throws",
    code: "export default { get run() { throw new Error('x') } }",
    ...invalid,
  },
  { title: "a run that is a class", code: "export default { run: class {} }", ...refused },
  {
    title: "a host call at the top level",
    code: "let seen; try { hostCall('memory.list', '{}') } catch (e) { seen = e.name } export default { run() { return seen } }",
    ends: "done",
    output: "ReferenceError",
  },
  { title: "reaching for process", code: "return process.env", ...refused },
  { title: "reaching for require", code: "return require('node:fs')", ...refused },
  { title: "reaching for fetch", code: "return await fetch('http://127.0.0.1:7402')", ...refused },
  { title: "reaching for WebAssembly", code: "return new WebAssembly.Memory({ initial: 1 })", ...refused },
  { title: "reaching for a timer", code: "return setTimeout(() => {}, 1)", ...refused },
  {
    title: "waiting in Atomics.wait",
    code: "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)",
    ...refused,
  },
  { title: "shared memory", code: "return new SharedArrayBuffer(8)", ...refused },
  { title: "watching the collector through WeakRef", code: "return new WeakRef({})", ...refused },
  {
    title: "watching the collector through FinalizationRegistry",
    code: "return new FinalizationRegistry(() => {})",
    ...refused,
  },
  { title: "the caller of a function", code: "return (function f() { return f.caller })()", ...refused },
  { title: "arguments.callee", code: "return (function () { return arguments.callee })()", ...refused },
  {
    title: "the global object through this",
    code: "return (function () { return typeof this })()",
    ends: "done",
    output: "undefined",
  },
];
