import { readFileSync } from "node:fs";
import { ACTIONS, decide, type PolicyCase, policyCases, runCases } from "@sigil/policy";
import { describe, expect, test } from "vitest";

const file = policyCases.parse(JSON.parse(readFileSync(new URL("../cases.json", import.meta.url), "utf8")));

const allowed: PolicyCase = {
  id: "one",
  input: { action: "memory.read", caller: { loa: "Observer" } },
  expect: { verdict: "allow", reasons: [] },
  rule: "memory.read",
};

describe("the project's own cases", () => {
  test("all get their answer, and every row of the table is hit by one", () => {
    expect(runCases(file.cases, decide)).toEqual({
      passed: file.cases.length,
      failures: [],
      unhit: [],
      ok: true,
    });
  });

  test("notice a row that lets in one level more", () => {
    // The same policy, but for one question of one row.
    const looser: typeof decide = (action, caller, facts, now) => {
      const raised = action === "memory.write" && caller?.loa === "Observer";
      return decide(action, raised ? { ...caller, loa: "Operator" } : caller, facts, now);
    };
    const { failures } = runCases(file.cases, looser);
    expect(failures.map(({ id }) => id)).toContain("observer.memory-write");
  });

  test("a row without a case is named, and the run is not ok", () => {
    const cases = file.cases.filter(({ rule }) => rule !== "record.erase");
    expect(runCases(cases, decide)).toMatchObject({ failures: [], unhit: ["record.erase"], ok: false });
  });
});

describe("a case fails, and says how,", () => {
  const problems = (changes: Partial<PolicyCase>) =>
    runCases([{ ...allowed, ...changes }], decide).failures.flatMap((failure) => failure.problems);

  test("when the verdict is another, with the reasons that were given", () => {
    expect(problems({ input: { action: "memory.read", caller: { loa: "Guest" } } })).toEqual([
      "expected allow, got deny (level-too-low: have Guest, memory.read needs Observer)",
      "the reasons have beside them level-too-low",
    ]);
  });

  test("when a reason is missing or one too many", () => {
    expect(
      problems({
        input: { action: "memory.read", caller: { loa: "Guest" } },
        expect: { verdict: "deny", reasons: ["out-of-scope"] },
      }),
    ).toEqual(["the reasons lack out-of-scope", "the reasons have beside them level-too-low"]);
  });

  test("when another row decides than the one it is about, and then hits none", () => {
    const report = runCases([{ ...allowed, rule: "memory.write" }], decide);
    expect(report.failures[0]?.problems).toEqual([
      "expected the row memory.write to decide, it was memory.read",
    ]);
    expect(report.unhit).toHaveLength(ACTIONS.length);
  });

  test("when its id is taken", () => {
    expect(runCases([allowed, allowed], decide).failures).toEqual([
      { id: "one", problems: ["another case has this id"] },
    ]);
  });
});

describe("a file of cases is refused whole", () => {
  test.each([
    ["a version that is not 1", { v: 2, cases: [allowed] }],
    ["no case", { v: 1, cases: [] }],
    ["an unknown field of a case", { v: 1, cases: [{ ...allowed, skip: true }] }],
    [
      "a level that is none",
      { v: 1, cases: [{ ...allowed, input: { action: "a.b", caller: { loa: "Admin" } } }] },
    ],
    [
      "a reason that is none",
      { v: 1, cases: [{ ...allowed, expect: { verdict: "deny", reasons: ["no"] } }] },
    ],
    [
      "a fact out of range",
      { v: 1, cases: [{ ...allowed, input: { ...allowed.input, facts: { anomaly: 2 } } }] },
    ],
  ])("with %s", (_, value) => {
    expect(policyCases.safeParse(value).success).toBe(false);
  });
});
