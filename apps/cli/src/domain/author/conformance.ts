import { HOST_CALLS } from "@sigil/policy";
import type { Rehearsal } from "@sigil/wire";
import { ENTRY } from "./source.ts";

/** A change of the author's module into an attack, and what the sandbox must make of it under the module's own manifest. */
export interface Attack {
  readonly name: string;
  /** Code that imports the author's module and exports another in its place. */
  readonly code: string;
  /** What is wrong with what came of it; undefined when it was stopped as it must be. */
  readonly problem: (run: Rehearsal) => string | undefined;
}

/** CPU time of an attack, where the module asks for more: what is stopped after less is stopped after more. */
export const ATTACK_CPU_MS = 100;

const instead = (run: string) => `import module from "./${ENTRY}";\nexport default { ...module, ${run} };\n`;

/** Of what an attack is stopped by, the first that is reached: a slow machine may reach the wall time, a small module its CPU time. */
const STOPPED = ["cpu-limit", "wall-limit"];

const endsWith = (code: string) => (run: Rehearsal) =>
  run.code === code || STOPPED.includes(run.code ?? "")
    ? undefined
    : `expected ${code}, got ${run.code ?? `an answer of ${run.verdict}`}`;

const GUARDS: readonly Attack[] = [
  {
    name: "an endless loop is stopped",
    code: instead("run() { for (;;); }"),
    problem: endsWith("cpu-limit"),
  },
  {
    name: "an endless chain of promises is stopped",
    code: instead("async run() { for (;;) await null; }"),
    problem: endsWith("cpu-limit"),
  },
  {
    name: "a memory bomb is stopped",
    code: instead("run() { const held = []; for (;;) held.push(new Uint8Array(1 << 20)); }"),
    problem: endsWith("memory-limit"),
  },
  {
    name: "a flood of host calls is stopped",
    code: instead("async run(input, ctx) { for (;;) await ctx.emitAudit({}).catch(() => {}); }"),
    problem: endsWith("calls-limit"),
  },
  {
    name: "a citation of what was not read is no Allow",
    code: instead(
      `run: () => ({ context: [{ ref: "made-up" }], reasoning: "r", suggestion: "s", verdict: "Allow", confidence: 1 })`,
    ),
    problem: ({ verdict }) =>
      verdict === "ManualReview" ? undefined : `expected ManualReview, got ${verdict}`,
  },
];

/** Every attack on a module with these capabilities: the guards, and each call that it did not declare. */
export function attacks(declared: readonly string[]): readonly Attack[] {
  const undeclared = HOST_CALLS.filter(({ capability }) => !declared.includes(capability));
  return [
    ...GUARDS,
    ...undeclared.map(({ context, capability }) => ({
      name: `${capability}, which is not declared, is refused`,
      code: instead(
        `async run(input, ctx) {
  const said = await ctx.${context}({}).then(() => "answered", (error) => error.code);
  return { context: [], reasoning: "asked", suggestion: said, verdict: "Allow", confidence: 1 };
}`,
      ),
      problem: ({ output, code }: Rehearsal) =>
        output.suggestion === "capability-denied"
          ? undefined
          : `expected capability-denied, got ${code ?? output.suggestion}`,
    })),
  ];
}
