import { type Attack, KiB, MiB } from "./attack.ts";

/** Time enough for any machine to reach the limit of memory first. */
const bomb = {
  ends: "memory-limit",
  runner: "killed",
  limits: { memoryBytes: 8 * MiB, cpuMs: 30_000 },
} as const;
const deep = { ends: "stack-limit", limits: { cpuMs: 30_000 } } as const;

/** Attacks on the memory and the stack of the host. */
export const MEMORY: readonly Attack[] = [
  { title: "a bomb of arrays", code: "const a = []; for (;;) a.push(new Array(1000).fill(1))", ...bomb },
  {
    title: "a bomb of strings",
    code: "const a = []; for (let i = 0; ; i++) a.push('x'.repeat(10000) + i)",
    ...bomb,
  },
  {
    title: "a bomb of typed arrays",
    code: "const a = []; for (;;) a.push(new Uint8Array(1 << 16))",
    ...bomb,
  },
  {
    title: "a bomb of views on one buffer",
    code: "const b = new ArrayBuffer(8), a = []; for (;;) a.push(new Uint8Array(b))",
    ...bomb,
  },
  {
    title: "a bomb of map entries",
    code: "const m = new Map(); for (let i = 0; ; i++) m.set(i, i)",
    ...bomb,
  },
  { title: "a bomb of property names", code: "const o = {}; for (let i = 0; ; i++) o['k' + i] = 1", ...bomb },
  { title: "a bomb of symbols", code: "const a = []; for (let i = 0; ; i++) a.push(Symbol(i))", ...bomb },
  { title: "a bomb of closures", code: "let f = () => 1; for (;;) { const g = f; f = () => g }", ...bomb },
  {
    title: "a bomb of generators",
    code: "const a = []; for (;;) { const g = (function* () { yield 1 })(); g.next(); a.push(g) }",
    ...bomb,
  },
  {
    title: "a bomb of promises",
    code: "const f = async () => { await null; return f() }; await f()",
    ...bomb,
  },
  {
    title: "an iterator without end that is spread",
    code: "return [...{ [Symbol.iterator]: () => ({ next: () => ({ done: false, value: {} }) }) }]",
    ...bomb,
  },
  {
    title: "an array that is made of a length alone",
    code: "return Array.from({ length: 1e9 }).length",
    ...bomb,
  },
  {
    title: "one allocation larger than the limit",
    code: "return new ArrayBuffer(1 << 28).byteLength",
    ...bomb,
  },
  {
    title: "a buffer that grows to 2 GiB",
    code: "new ArrayBuffer(1, { maxByteLength: 2 ** 31 - 1 }).resize(2 ** 31 - 1)",
    ...bomb,
  },
  { title: "a string repeated 2^28 times", code: "return 'x'.repeat(2 ** 28).length", ...bomb },
  { title: "a string padded to 2^29", code: "return ''.padStart(2 ** 29, 'ab').length", ...bomb },
  {
    title: "a text that normalization makes eighteen times as long",
    code: "return '\\ufdfa'.repeat(300000).normalize('NFKD').length",
    ...bomb,
  },
  { title: "a text split into its letters", code: "return 'x'.repeat(1 << 21).split('').length", ...bomb },
  {
    title: "a top level that is a bomb",
    code: "const a = []; for (;;) a.push(new Array(1000).fill(0)); export default { run() {} }",
    ...bomb,
  },
  {
    title: "a thrown text that is larger than the memory that is left",
    code: "throw new Error('x'.repeat(3000000))",
    ...bomb,
  },
  {
    title: "a memory bomb that catches its errors and goes on",
    code: "const a = []; for (;;) try { a.push('x'.repeat(9999) + a.length) } catch {}",
    ends: "cpu-limit",
    limits: { memoryBytes: 4 * MiB, cpuMs: 100 },
  },
  {
    title: "a string that doubles until the engine refuses",
    code: "let s = 'x'; for (;;) s += s",
    ends: "guest-error",
    limits: { cpuMs: 30_000 },
  },
  {
    title: "a call with ten million arguments",
    code: "return Math.max.apply(null, { length: 1e7 })",
    ends: "guest-error",
  },
  { title: "endless recursion", code: "const f = () => f() + 1; return f()", ...deep },
  {
    title: "endless recursion through a getter",
    code: "const o = { get a() { return this.a } }; return o.a",
    ...deep,
  },
  {
    title: "endless recursion through a conversion",
    code: "const o = { toString() { return '' + this } }; return '' + o",
    ...deep,
  },
  {
    title: "endless recursion through generators",
    code: "function* g() { yield* g() } return [...g()]",
    ...deep,
  },
  {
    title: "an array that holds itself, made flat",
    code: "const a = []; a.push(a); return a.flat(Infinity)",
    ...deep,
  },
  { title: "deeply nested input to JSON.parse", code: "return JSON.parse('['.repeat(200000))", ...deep },
  {
    title: "a module that is nested deeper than its compiler goes",
    code: `export default { run() { return ${"[".repeat(20 * KiB)}${"]".repeat(20 * KiB)} } }`,
    ...deep,
  },
];
