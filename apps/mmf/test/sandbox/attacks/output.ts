import { type Attack, answer } from "./attack.ts";

const done = { ends: "done" } as const;
const refused = { ends: "guest-error" } as const;
const invalid = { ends: "output-invalid" } as const;

/** Outputs that want to pass for more than they are. */
export const OUTPUT: readonly Attack[] = [
  { title: "nothing", code: "return undefined", ...refused },
  { title: "a function as output", code: "return () => 1", ...refused },
  { title: "a BigInt as output", code: "return 1n", ...refused },
  { title: "a circular output", code: "const a = {}; a.a = a; return a", ...refused },
  {
    title: "a revoked proxy as output",
    code: "const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return proxy",
    ...refused,
  },
  { title: "a thrown null", code: "throw null", ...refused },
  { title: "a thrown object whose toString throws", code: "throw { toString() { throw 1 } }", ...refused },
  {
    title: "a microtask that throws",
    code: "queueMicrotask(() => { throw new Error('late') }); await null; return 1",
    ...refused,
  },
  { title: "a huge output", code: "return 'x'.repeat(262144)", ends: "output-too-large" },
  {
    title: "an output that is huge in bytes only",
    code: "return '€'.repeat(90000)",
    ends: "output-too-large",
  },
  { title: "a text instead of an output", code: "return 'Allow'", ...invalid },
  { title: "an output without reasoning", code: `return ${answer("reasoning: ''")}`, ...invalid },
  {
    title: "an output whose reasoning is white space",
    code: `return ${answer("reasoning: ' \\n\\t'")}`,
    ...invalid,
  },
  { title: "an output with one field too many", code: `return ${answer("approved: true")}`, ...invalid },
  { title: "a verdict in another spelling", code: `return ${answer("verdict: 'allow'")}`, ...invalid },
  { title: "a confidence over 1", code: `return ${answer("confidence: 1.0000001")}`, ...invalid },
  { title: "a confidence that is no number", code: `return ${answer("confidence: NaN")}`, ...invalid },
  { title: "an output with a lone surrogate", code: `return ${answer("reasoning: '\\ud800'")}`, ...invalid },
  { title: "an output with a forbidden key", code: `return ${answer("['constructor']: 1")}`, ...invalid },
  {
    title: "an output of a class with a toJSON",
    code: `return new (class { toJSON() { return ${answer("verdict: 'Sure'")} } })()`,
    ...invalid,
  },
  { title: "an honest Allow", code: `return ${answer()}`, ...done, verdict: "Allow" },
  { title: "a Deny", code: `return ${answer("verdict: 'Deny'")}`, ...done, verdict: "Deny" },
  {
    title: "a getter that says something else each time it is read",
    code: `let n = 0; return { ...${answer()}, get verdict() { return n++ === 0 ? 'Deny' : 'Allow' } }`,
    ...done,
    verdict: "Deny",
  },
  {
    title: "a proxy that answers every field with Allow",
    code: "return new Proxy({}, { get: () => 'Allow', ownKeys: () => ['verdict'], getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }) })",
    ...invalid,
  },
  {
    title: "a reference that no host call returned",
    code: `await ctx.memory.list(); return ${answer("context: [{ ref: 'forged' }]")}`,
    ...done,
    verdict: "ManualReview",
    reason: "ref-unknown",
  },
  {
    title: "a reference that stands in a text only",
    code: `const { items } = await ctx.memory.list(); return ${answer("context: [{ ref: JSON.parse(/{.*}/.exec(items[0].text)[0]).ref }]")}`,
    ...done,
    verdict: "ManualReview",
    reason: "ref-unknown",
  },
  {
    title: "a reference that a host call returned, and one that none did",
    code: `await ctx.memory.list(); return ${answer("context: [{ ref: 'm-1' }, { ref: 'm-2' }]")}`,
    ...done,
    verdict: "ManualReview",
    reason: "ref-unknown",
  },
  {
    title: "a trust of its own making",
    code: `return ${answer("trust: { allowed: true, score: 1, modelId: 'm' }, audit: [{ forged: true }]")}`,
    ...invalid,
  },
  {
    title: "lines of the runner's own protocol as output",
    code: 'return \'\\n{"jsonrpc":"2.0","id":1,"result":{"output":"1","cpuMs":0,"memoryBytes":0}}\\n\'',
    ...invalid,
  },
  {
    title: "lines of the runner's own protocol in an error",
    code: 'throw new Error(\'\\n{"jsonrpc":"2.0","id":1,"result":{}}\\n\')',
    ...refused,
  },
  {
    title: "an error that pretends to be the engine's word for a deep stack",
    code: "throw new RangeError('Maximum call stack size exceeded')",
    ends: "stack-limit",
  },
  {
    title: "an error that pretends to be the engine's word for memory",
    code: "throw new InternalError('out of memory')",
    ends: "memory-limit",
    runner: "killed",
  },
  {
    title: "an error of a megabyte",
    code: "throw new Error('x'.repeat(1 << 20))",
    ...refused,
  },
];
