import {
  effectiveVerdict,
  manualReviewOutput,
  mostRestrictive,
  OUTPUT_LIMITS,
  type RuleZeroOutput,
  ruleZeroOutput,
  VERDICTS,
  type Verdict,
} from "@sigil/policy";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const sound: RuleZeroOutput = {
  context: [{ ref: "01900000-0000-7000-8000-000000000001", note: "guidance" }],
  reasoning: "Because the guidance says so.",
  suggestion: "Return the error.",
  verdict: "Allow",
  trust: 0.9,
  confidence: 0.8,
  audit: ["looked at one file", { lines: 12, clean: true, first: null }],
};
const accepts = (change: object) => ruleZeroOutput.safeParse({ ...sound, ...change }).success;

describe("a module's output", () => {
  test("is taken as it is when it is complete, with and without what it may leave out", () => {
    expect(ruleZeroOutput.parse(sound)).toEqual(sound);
    const { trust: _trust, audit: _audit, ...least } = sound;
    expect(ruleZeroOutput.parse(least)).toEqual(least);
    for (const verdict of VERDICTS) expect(accepts({ verdict })).toBe(true);
  });

  const refusals: [string, object][] = [
    ["no reasoning", { reasoning: undefined }],
    ["empty reasoning", { reasoning: "" }],
    ["reasoning of white space", { reasoning: " \n\t" }],
    ["an empty suggestion", { suggestion: "" }],
    ["a verdict in other letters", { verdict: "allow" }],
    ["a verdict that does not exist", { verdict: "Perhaps" }],
    ["an unknown field", { approved: true }],
    ["an unknown field of a reference", { context: [{ ref: "a", hash: "b" }] }],
    ["an empty reference", { context: [{ ref: "" }] }],
    ["a confidence above 1", { confidence: 1.01 }],
    ["a confidence that is NaN", { confidence: Number.NaN }],
    ["a trust below 0", { trust: -0.1 }],
    ["a claim that is a list", { audit: [[]] }],
    ["a claim that nests", { audit: [{ a: { b: 1 } }] }],
    ["an explicit undefined", { trust: undefined }],
  ];
  test.each(refusals)("is none with %s", (_, change) => {
    expect(accepts(change)).toBe(false);
  });

  test("is bounded everywhere: at each limit it is taken, one beyond it is not", () => {
    const refs = (n: number) => ({ context: Array.from({ length: n }, () => ({ ref: "r" })) });
    const text = (n: number) => "x".repeat(n);
    const sizes: [name: string, limit: number, of: (n: number) => object][] = [
      ["contextEntries", OUTPUT_LIMITS.contextEntries, refs],
      ["ref", OUTPUT_LIMITS.ref, (n) => ({ context: [{ ref: text(n) }] })],
      ["note", OUTPUT_LIMITS.note, (n) => ({ context: [{ ref: "r", note: text(n) }] })],
      ["reasoning", OUTPUT_LIMITS.reasoning, (n) => ({ reasoning: text(n) })],
      ["suggestion", OUTPUT_LIMITS.suggestion, (n) => ({ suggestion: text(n) })],
      ["claims", OUTPUT_LIMITS.claims, (n) => ({ audit: Array.from({ length: n }, () => "c") })],
      ["claim", OUTPUT_LIMITS.claim, (n) => ({ audit: [text(n)] })],
      ["claimValue", OUTPUT_LIMITS.claimValue, (n) => ({ audit: [{ a: text(n) }] })],
      [
        "claimFields",
        OUTPUT_LIMITS.claimFields,
        (n) => ({ audit: [Object.fromEntries(Array.from({ length: n }, (_, i) => [`f${i}`, i]))] }),
      ],
    ];
    expect(sizes.map(([name]) => name).toSorted()).toEqual(Object.keys(OUTPUT_LIMITS).toSorted());
    for (const [name, limit, of] of sizes) {
      expect(accepts(of(limit)), name).toBe(true);
      expect(accepts(of(limit + 1)), name).toBe(false);
    }
  });

  test("that stands for a failed run is itself a valid output, and allows nothing", () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ maxLength: 200_000, unit: "binary" }), (code, sentence) => {
        const output = manualReviewOutput(code, sentence);
        expect(ruleZeroOutput.parse(output)).toMatchObject({
          verdict: "ManualReview",
          confidence: 0,
          context: [],
        });
        expect(output.reasoning.isWellFormed()).toBe(true);
      }),
      { seed: 7, numRuns: 50 },
    );
    expect(manualReviewOutput("output-invalid", "the output had no reasoning").reasoning).toContain(
      "output-invalid",
    );
  });
});

describe("verdicts", () => {
  const verdict = fc.constantFrom(...VERDICTS);

  test("are ordered Deny > ManualReview > Defer > Allow", () => {
    expect(VERDICTS).toEqual(["Allow", "Defer", "ManualReview", "Deny"]);
    expect(mostRestrictive("Allow", "Defer")).toBe("Defer");
    expect(mostRestrictive("ManualReview", "Defer")).toBe("ManualReview");
    expect(mostRestrictive("ManualReview", "Deny")).toBe("Deny");
  });

  test("form a lattice: idempotent, commutative, associative, Allow its least and Deny its greatest element", () => {
    fc.assert(
      fc.property(verdict, verdict, verdict, (a, b, c) => {
        expect(mostRestrictive(a, a)).toBe(a);
        expect(mostRestrictive(a, b)).toBe(mostRestrictive(b, a));
        expect(mostRestrictive(mostRestrictive(a, b), c)).toBe(mostRestrictive(a, mostRestrictive(b, c)));
        expect(mostRestrictive(a, "Allow")).toBe(a);
        expect(mostRestrictive(a, "Deny")).toBe("Deny");
      }),
    );
  });

  test("that do not exist count as Deny", () => {
    expect(mostRestrictive("Allow", "allow" as Verdict)).toBe("Deny");
  });
});

describe("the verdict that counts", () => {
  const clean = { refsOk: true, trustAllowed: true };

  test("is the module's own when nothing speaks against it", () => {
    for (const module of VERDICTS)
      expect(effectiveVerdict({ module, ...clean })).toEqual({ verdict: module, reasons: [] });
  });

  test("is ManualReview at least with a made-up reference, a trust too low, an error or no output", () => {
    const cases = [
      [{ module: "Allow", ...clean, refsOk: false }, "ref-unknown"],
      [{ module: "Allow", ...clean, trustAllowed: false }, "trust-too-low"],
      [{ module: "Allow", ...clean, error: "wall-limit" }, "wall-limit"],
      [{ module: null, ...clean }, "output-missing"],
    ] as const;
    for (const [facts, code] of cases) {
      const { verdict, reasons } = effectiveVerdict(facts);
      expect(verdict).toBe("ManualReview");
      expect(reasons.map((reason) => reason.code)).toEqual([code]);
    }
  });

  test("is never laxer than the module's own, and Allow only when all is well", () => {
    const facts = fc.record(
      {
        module: fc.constantFrom(...VERDICTS, null),
        refsOk: fc.boolean(),
        trustAllowed: fc.boolean(),
        error: fc.constantFrom("cpu-limit" as const, "output-invalid" as const),
      },
      { requiredKeys: ["module", "refsOk", "trustAllowed"] },
    );
    fc.assert(
      fc.property(facts, (given) => {
        const { verdict } = effectiveVerdict(given);
        expect(mostRestrictive(verdict, given.module ?? "Allow")).toBe(verdict);
        const { module, refsOk, trustAllowed, error } = given;
        const well = module === "Allow" && refsOk && trustAllowed && error === undefined;
        expect(verdict === "Allow").toBe(well);
      }),
    );
  });
});
