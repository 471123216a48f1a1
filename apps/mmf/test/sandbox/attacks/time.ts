import { type Attack, never } from "./attack.ts";

/** Little enough that a loop ends soon, and more than what an honest run of this size needs. */
const limits = { cpuMs: 60 };
const loops = { ends: "cpu-limit", limits } as const;
/** Natives of the engine that ask nobody: the kernel's count ends them. */
const uninterruptible = { ...loops, runner: "killed" } as const;

/** Attacks on the time of the host. */
export const TIME: readonly Attack[] = [
  { title: "an infinite loop", code: "while (true) {}", ...loops },
  {
    title: "an infinite loop inside try and catch",
    code: "for (;;) { try { while (true) {} } catch {} }",
    ...loops,
  },
  {
    title: "an infinite loop inside finally",
    code: "try { while (true) {} } finally { return 1 }",
    ...loops,
  },
  { title: "an infinite chain of microtasks", code: "for (;;) await null;", ...loops },
  {
    title: "microtasks that queue microtasks",
    code: "const f = () => queueMicrotask(f); f(); await new Promise(() => {});",
    ...loops,
  },
  {
    title: "microtasks that go on after the output",
    code: "const f = () => queueMicrotask(f); f(); return 1",
    ...loops,
  },
  {
    title: "an interrupted async function whose rejection is caught",
    code: "const f = async () => { for (;;) {} }; for (;;) try { await f() } catch {}",
    ...loops,
  },
  {
    title: "a flood of rejections that nobody handles",
    code: "for (;;) Promise.reject(new Error('x'))",
    ...loops,
  },
  {
    title: "a top level that loops",
    code: "for (;;) {} export default { run() {} }",
    ...loops,
  },
  {
    title: "a getter that loops while the output is encoded",
    code: "return { get a() { while (true) {} } }",
    ...loops,
  },
  { title: "a toJSON that loops", code: "return { toJSON() { while (true) {} } }", ...loops },
  { title: "a thenable that loops", code: "return { then() { while (true) {} } }", ...loops },
  {
    title: "a proxy that loops while it is an argument",
    code: "await ctx.memory.write(new Proxy({}, { ownKeys() { for (;;); } }))",
    ...loops,
  },
  {
    title: "a thrown proxy whose traps loop",
    code: "throw new Proxy({}, { getOwnPropertyDescriptor() { while (true) {} } })",
    ...loops,
  },
  { title: "a sort comparator that loops", code: "[3, 2, 1].sort(() => { for (;;); })", ...loops },
  {
    title: "a typed array's comparator that loops",
    code: "new Uint8Array(10).sort(() => { for (;;); })",
    ...loops,
  },
  { title: "a reviver of JSON that loops", code: "JSON.parse('[1]', () => { for (;;); })", ...loops },
  { title: "a conversion that loops", code: "return +{ [Symbol.toPrimitive]() { for (;;); } }", ...loops },
  {
    title: "a regular expression with catastrophic backtracking",
    code: "return /(a+)+$/.test('a'.repeat(50) + 'b')",
    ...loops,
  },
  {
    title: "a regular expression with a reference to a repeated group",
    code: "return /(a*)*\\1$/.test('a'.repeat(60) + 'b')",
    ...loops,
  },
  {
    title: "a search through 2^53 holes",
    code: "return Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)",
    ...loops,
  },
  {
    title: "a BigInt that squares itself",
    code: "let x = 3n; for (;;) { x = x * x; x %= 1n << 4000n }",
    ...loops,
  },
  {
    title: "a reversal of 2^53 holes, which cannot be interrupted",
    code: "Array.prototype.reverse.call({ length: 2 ** 53 - 1 })",
    ...uninterruptible,
  },
  {
    title: "a splice at 2^53, which cannot be interrupted",
    code: "Array.prototype.splice.call({ length: 2 ** 53 - 1 }, 0, 1)",
    ...uninterruptible,
  },
  {
    title: "a join of 2^31 holes, which cannot be interrupted",
    code: "return Array.prototype.join.call({ length: 2 ** 31 - 1 }, '')",
    ...uninterruptible,
  },
  {
    title: "sorts of natives alone, which cannot be interrupted",
    code: "const a = Array.from({ length: 60000 }, (_, i) => i * 7919 % 60007); for (;;) a.slice().sort()",
    ends: "cpu-limit",
    limits: { cpuMs: 200 },
    runner: "killed",
  },
  {
    title: "JSON of a graph whose paths double at each level, which cannot be interrupted",
    code: "let a = []; for (let i = 0; i < 40; i++) a = [a, a]; return JSON.stringify(a, (k, v) => v).length",
    ...loops,
  },
  {
    title: "a promise that never settles",
    code: "await new Promise(() => {})",
    ends: "run-stalled",
  },
  { title: "a thenable that never calls back", code: "return { then() {} }", ends: "run-stalled" },
  {
    title: "an async iterator that never goes on",
    code: "for await (const x of { [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }) }) ;",
    ends: "run-stalled",
  },
  {
    title: "a wait for a host call that takes longer than the run may",
    code: "await ctx.memory.list()",
    ends: "wall-limit",
    runner: "killed",
    limits: { wallMs: 100 },
    host: never,
  },
];
