import { type ContextOf, defineModule, type InputOf } from "@sigil/module-sdk";
import { expect, expectTypeOf, test } from "vitest";

// The compiler is the test here: `npm test` checks the types of this file, where each @ts-expect-error that is not needed is
// an error.

const answer = {
  context: [],
  reasoning: "because",
  suggestion: "nothing",
  verdict: "Allow",
  confidence: 1,
} as const;
const output = { ...answer, context: [] };
const nothing = { type: "object", properties: {} } as const;

test("a capability that a module does not declare does not compile", () => {
  const module = defineModule({
    input: nothing,
    capabilities: ["memory.list", { name: "canon.read", scope: { streams: ["system/canon/*"] } }],
    async run(_input, ctx) {
      await ctx.memory.list({ limit: 1 });
      await ctx.canon.read({ stream: "system/canon/a" });
      // @ts-expect-error memory.write is not declared, though memory.list is
      const write = ctx.memory.write;
      // @ts-expect-error interaction.log is not declared
      const log = ctx.logInteraction;
      // @ts-expect-error audit.emit is not declared
      const emit = ctx.emitAudit;
      return { ...output, audit: [String(write ?? log ?? emit)] };
    },
  });
  expectTypeOf(module.run).parameter(1).toHaveProperty("canon");
  expect(module.capabilities).toHaveLength(2);
});

test("a module that asks for nothing gets the run's own facts and no call", () => {
  type Context = ContextOf<readonly []>;
  expectTypeOf<keyof Context>().toEqualTypeOf<"runId" | "now">();
  const module = defineModule({
    input: nothing,
    capabilities: [],
    run: (_input, ctx) => ({ ...output, reasoning: `${ctx.runId} at ${ctx.now}` }),
  });
  expect(module.capabilities).toEqual([]);
});

test("a list of capabilities that the compiler does not know word by word declares nothing", () => {
  const names: ("memory.list" | "audit.emit")[] = ["memory.list"];
  defineModule({
    input: nothing,
    capabilities: names,
    run(_input, ctx) {
      // @ts-expect-error the list is not known until the module runs
      const { memory } = ctx;
      return { ...output, reasoning: String(memory) };
    },
  });
  expectTypeOf<keyof ContextOf<typeof names>>().toEqualTypeOf<"runId" | "now">();
});

test("a capability that does not exist, and a scope field that does not, do not compile", () => {
  const refused = [
    // @ts-expect-error no such capability
    () => defineModule({ input: nothing, capabilities: ["network.fetch"], run: () => output }),
    () =>
      defineModule({
        input: nothing,
        // @ts-expect-error the scope of canon.read names streams
        capabilities: [{ name: "canon.read", scope: { paths: ["/"] } }],
        run: () => output,
      }),
    () =>
      defineModule({
        input: nothing,
        // @ts-expect-error memory.list has no scope
        capabilities: [{ name: "memory.list", scope: { streams: [] } }],
        run: () => output,
      }),
  ];
  for (const define of refused)
    expect(define).toThrow(expect.objectContaining({ code: "capability-unknown" }));
});

test("the input of run has the type that the schema admits", () => {
  type Input = InputOf<{
    readonly type: "object";
    readonly required: readonly ["name", "mood"];
    readonly properties: {
      readonly name: { readonly type: "string" };
      readonly mood: { readonly enum: readonly ["kind", "brisk"] };
      readonly times: { readonly type: "integer" };
      readonly tags: { readonly type: "array"; readonly items: { readonly type: "string" } };
    };
  }>;
  expectTypeOf<Input["name"]>().toEqualTypeOf<string>();
  expectTypeOf<Input["mood"]>().toEqualTypeOf<"kind" | "brisk">();
  expectTypeOf<Input["times"]>().toEqualTypeOf<number | undefined>();
  expectTypeOf<Input["tags"]>().toEqualTypeOf<string[] | undefined>();
  const module = defineModule({
    input: { type: "object", required: ["name"], properties: { name: { type: "string" } } },
    capabilities: [],
    run(input) {
      // @ts-expect-error the schema declares no such property
      const age = input.age;
      return { ...output, suggestion: `${input.name.toUpperCase()} ${String(age)}` };
    },
  });
  expect(module.input.required).toEqual(["name"]);
});
