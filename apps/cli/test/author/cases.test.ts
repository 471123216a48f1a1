import type { RehearsalAnswer } from "@sigil/wire";
import { describe, expect, test } from "vitest";
import { problemsOf, readCases } from "../../src/domain/author/cases.ts";
import { requireModuleName } from "../../src/domain/author/name.ts";
import { caseLines } from "../../src/domain/author/show.ts";
import { PLAIN } from "../../src/domain/style.ts";
import { codeOf } from "../place.ts";

const file = (...cases: object[]) => JSON.stringify({ v: 1, cases });
const one = (expected: object, more: object = {}) => {
  const [first] = readCases("c.json", file({ name: "n", input: {}, expect: expected, ...more }));
  if (first === undefined) throw new Error("no case was read");
  return first;
};

const ran = {
  id: 1,
  rehearsal: {
    status: "done",
    verdict: "Allow",
    moduleVerdict: "Allow",
    reasons: [],
    output: {
      context: [{ ref: "a" }],
      reasoning: "because of a",
      suggestion: "go",
      verdict: "Allow",
      confidence: 1,
    },
    calls: [{ seq: 0, method: "memory.list", args: {}, result: { items: [] }, ms: 1 }],
    usage: { cpuMs: 1, wallMs: 1, memoryBytes: 1, hostCalls: 1 },
    replay: { same: true, detail: null },
  },
} satisfies RehearsalAnswer;

describe("a case", () => {
  test("holds when everything that it expects came, and says of each thing that did not what came instead", () => {
    expect(
      problemsOf(
        one({ verdict: "Allow", suggestion: "go", says: ["of a"], cites: ["a"], calls: ["memory.list"] }),
        ran,
      ),
    ).toEqual([]);
    const problems = problemsOf(
      one({ verdict: "Deny", suggestion: "stay", says: ["of b"], cites: [], calls: [], code: "cpu-limit" }),
      ran,
    );
    expect(problems).toEqual([
      'code: expected "cpu-limit", got nothing',
      'verdict: expected "Deny", got "Allow"',
      'suggestion: expected "stay", got "go"',
      'calls: expected [], got ["memory.list"]',
      'cites: expected [], got ["a"]',
      'neither reasoning nor suggestion says "of b"',
    ]);
  });

  test("without any expectation fails for a run that failed, and for one that a replay does not repeat", () => {
    const { rehearsal } = ran;
    const output = {
      ...rehearsal.output,
      reasoning: "guest-error: TypeError: x\n    at run (src/index.ts:3:1)",
    };
    expect(problemsOf(one({}), { id: 1, rehearsal: { ...rehearsal, code: "guest-error", output } })).toEqual([
      output.reasoning,
    ]);
    const replay = { same: false, detail: "call 0 asks otherwise" };
    expect(problemsOf(one({}), { id: 1, rehearsal: { ...rehearsal, replay } })).toEqual([
      "a replay from the recorded calls is another run: call 0 asks otherwise",
    ]);
  });

  test("that expects a refusal fails when the input ran, or was refused for another reason", () => {
    const refused = (code: string): RehearsalAnswer => ({
      id: 1,
      error: { code, message: "m", remedy: "r" },
    });
    const each = one({ refused: "input-invalid" });
    expect(problemsOf(each, refused("input-invalid"))).toEqual([]);
    expect(problemsOf(each, refused("module-file-altered"))).toEqual(["module-file-altered: m"]);
    expect(problemsOf(each, ran)).toEqual(["expected the input to be refused as input-invalid, and it ran"]);
    expect(problemsOf(one({}), refused("input-invalid"))).toEqual(["input-invalid: m"]);
  });
});

describe("a case file", () => {
  test("that is malformed, too large or says what no case says is refused with its name and place", async () => {
    const bad = [
      "",
      "{",
      '{"v":1,"cases":[],"v":2}',
      file(),
      file({ name: "n", input: {} }),
      file({ name: "n", input: {}, expect: { verdicts: "Allow" } }),
      file({ name: "n", input: {}, expect: {}, include: "/etc/passwd" }),
      file({ name: "n", input: {}, expect: {}, world: { memory: [{ text: "" }] } }),
      file({ name: "n", input: {}, expect: {}, level: "Emperor" }),
      `{"v":1,"cases":${"[".repeat(100)}${"]".repeat(100)}}`,
      file({ name: "n", input: "x".repeat(1024 * 1024), expect: {} }),
    ];
    for (const text of bad) {
      expect(await codeOf(() => readCases("cases/bad.json", text)), text.slice(0, 60)).toBe("cases-invalid");
      expect(() => readCases("cases/bad.json", text)).toThrow(/^cases\/bad\.json: /);
    }
  });

  test("moves no cursor and colours nothing when its words are shown", () => {
    const each = one({ suggestion: "\u001b[2Jx" }, { name: "\u001b]0;owned\u0007\u202e" });
    const lines = caseLines({ case: each, answer: ran, problems: problemsOf(each, ran) }, PLAIN).join("\n");
    expect(lines).toContain("\\u001b");
    expect(["\u001b", "\u0007", "\u202e"].filter((each) => lines.includes(each))).toEqual([]);
  });
});

test("the name of a module is no path, no option and nothing that a platform gives a meaning to", async () => {
  for (const name of ["release-notes", "a", "a.b_c-1"]) expect(requireModuleName(name)).toBe(name);
  const bad = [
    "",
    "..",
    ".",
    "../x",
    "a/b",
    "a\\b",
    "-x",
    "A",
    "é",
    "con",
    "nul.txt",
    "node_modules",
    "a.",
    "a b",
    "a\n",
    "x".repeat(65),
  ];
  for (const name of bad) expect(await codeOf(() => requireModuleName(name)), name).toBe("argument-invalid");
});
