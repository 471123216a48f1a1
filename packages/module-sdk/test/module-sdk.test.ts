import { readdirSync, readFileSync } from "node:fs";
import { defineModule, ModuleError, OUTPUT_LIMITS, type RuleZeroOutput, ruleZero } from "@sigil/module-sdk";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
// The host's own check: what the light one lets through, the full one must take, and the other way round.
import { HOST_CALLS, OUTPUT_LIMITS as HOST_LIMITS, ruleZeroOutput } from "../../policy/src/index.ts";
import { CAPABILITIES } from "../src/capability.ts";

const sound: RuleZeroOutput = {
  context: [{ ref: "r", note: "why" }],
  reasoning: "because",
  suggestion: "do it",
  verdict: "Allow",
  trust: 0.5,
  confidence: 1,
  audit: ["said", { lines: 3, clean: true, first: null }],
};

function refusal(act: () => unknown): ModuleError | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    if (error instanceof ModuleError) return error;
    throw error;
  }
}

describe("defineModule", () => {
  const whole = { input: {}, capabilities: [], run: () => sound } as const;

  test("returns the module as it is", () => {
    expect(defineModule(whole)).toBe(whole);
  });

  test("refuses what is no declaration, and names what is wrong with it", () => {
    const refused: [module: unknown, code: string, says: string][] = [
      [{}, "module-without-run", "run(input, ctx)"],
      [null, "module-without-run", "run(input, ctx)"],
      [undefined, "module-without-run", "run(input, ctx)"],
      [{ ...whole, run: 1 }, "module-without-run", "run(input, ctx)"],
      [{ ...whole, input: undefined }, "input-missing", "JSON Schema"],
      [{ ...whole, capabilities: undefined }, "capability-unknown", "[] asks for nothing"],
      [{ ...whole, capabilities: ["memory.read"] }, "capability-unknown", "memory.list"],
      [{ ...whole, capabilities: ["toString"] }, "capability-unknown", "toString"],
      [{ ...whole, capabilities: [null] }, "capability-unknown", "null is no capability"],
      [
        { ...whole, capabilities: [{ name: "canon.read", scope: { path: [] } }] },
        "capability-unknown",
        "no field path; it has streams",
      ],
      [{ ...whole, capabilities: ["audit.emit", { name: "audit.emit" }] }, "capability-twice", "audit.emit"],
    ];
    for (const [module, code, says] of refused) {
      const error = refusal(() => defineModule(module as never));
      expect(error?.code, says).toBe(code);
      expect(error?.message).toContain(says);
    }
  });

  test("knows the host's capabilities, and the fields of their scopes", () => {
    expect(CAPABILITIES).toEqual(
      Object.fromEntries(HOST_CALLS.map(({ capability, scope }) => [capability, scope])),
    );
  });
});

describe("ruleZero", () => {
  test("returns a sound output as it is", () => {
    expect(ruleZero(sound)).toBe(sound);
  });

  test("names the place of what is wrong", () => {
    const places: [change: object, code: string, place: string][] = [
      [{ reasoning: " " }, "output-field-invalid", "output.reasoning"],
      [{ verdict: "allow" }, "output-field-invalid", "output.verdict"],
      [{ confidence: 2 }, "output-field-invalid", "output.confidence"],
      [{ context: [{ ref: "a" }, { ref: "" }] }, "output-field-invalid", "output.context[1].ref"],
      [{ audit: ["a", { b: [] }] }, "output-field-invalid", "output.audit[1].b"],
      [{ findings: [] }, "output-field-unknown", "output.findings"],
    ];
    for (const [change, code, place] of places) {
      const error = refusal(() => ruleZero({ ...sound, ...change }));
      expect(error?.code, place).toBe(code);
      expect(error?.message).toContain(place);
    }
  });

  test("has the limits of the host", () => {
    expect(OUTPUT_LIMITS).toEqual(HOST_LIMITS);
  });

  test("agrees with the host about every output", () => {
    /** Mostly what it should be, now and then `wrong`. */
    const mostly = <T>(right: fc.Arbitrary<T>, wrong: fc.Arbitrary<unknown> = fc.anything()) =>
      fc.oneof({ weight: 19, arbitrary: right }, { weight: 1, arbitrary: wrong });
    const text = mostly(
      fc.constant("ok"),
      fc.oneof(fc.string(), fc.constantFrom("", " ", "\u00a0", "\ufeff")),
    );
    const share = mostly(fc.double({ min: 0, max: 1, noNaN: true }), fc.oneof(fc.double(), fc.constant("1")));
    const value = mostly(
      fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)),
      fc.oneof(fc.double(), fc.anything()),
    );
    const key = mostly(fc.constantFrom("a", "lineNumber"), fc.string()).map(String);
    const few = <T>(item: fc.Arbitrary<T>) => fc.array(item, { maxLength: 3 });
    const candidate = fc
      .record(
        {
          context: mostly(few(fc.record({ ref: text, note: text }, { requiredKeys: ["ref"] }))),
          reasoning: text,
          suggestion: text,
          verdict: mostly(fc.constantFrom("Allow", "Deny", "Defer", "ManualReview")),
          trust: share,
          confidence: share,
          audit: mostly(few(fc.oneof(text, fc.dictionary(key, value, { maxKeys: 3 })))),
        },
        { requiredKeys: ["context", "reasoning", "suggestion", "verdict", "confidence"] },
      )
      .chain((output) =>
        mostly(
          fc.constant(output),
          fc.dictionary(key, fc.anything(), { minKeys: 1 }).map((more) => ({ ...output, ...more })),
        ),
      );
    let taken = 0;
    fc.assert(
      fc.property(candidate, (output) => {
        const light = refusal(() => ruleZero(output as RuleZeroOutput)) === undefined;
        if (light) taken++;
        expect(ruleZeroOutput.safeParse(output).success).toBe(light);
      }),
      { numRuns: 2_000 },
    );
    // Both answers occurred often, so the agreement means something.
    expect(taken).toBeGreaterThan(200);
    expect(taken).toBeLessThan(1_800);
  });
});

test("the package imports nothing but its own files", () => {
  const folder = new URL("../src/", import.meta.url);
  const imports = readdirSync(folder).flatMap((name) =>
    [...readFileSync(new URL(name, folder), "utf8").matchAll(/from "([^"]+)"/g)].map((match) => match[1]),
  );
  expect(imports.length).toBeGreaterThan(5);
  expect(imports.filter((path) => !path?.startsWith("./"))).toEqual([]);
});
