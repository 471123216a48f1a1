import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isSafe } from "redos-detector";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");

interface Pattern {
  readonly regex: RegExp;
  readonly where: string;
}

/** Every regular expression that is written in what Sigil ships, by the compiler's own parser. */
function patternsOf(file: string): Pattern[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(join(root, file), "utf8"),
    ts.ScriptTarget.Latest,
    true,
  );
  const found: Pattern[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isRegularExpressionLiteral(node)) {
      const end = node.text.lastIndexOf("/");
      const regex = new RegExp(node.text.slice(1, end), node.text.slice(end + 1));
      found.push({ regex, where: `${file}:${source.getLineAndCharacterOfPosition(node.pos).line + 1}` });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

// Patterns of the built-in modules run in the guest, where its CPU limit ends whatever takes too long.
const files = globSync(["packages/*/src/**/*.ts", "apps/*/src/**/*.ts"], { cwd: root });
const patterns = new Map<string, Pattern>();
for (const pattern of files.flatMap(patternsOf)) {
  const text = String(pattern.regex);
  if (!patterns.has(text)) patterns.set(text, pattern);
}

/** Backtracking grows without bound in these; what bounds the text that they see. */
const BOUNDED: ReadonlyMap<string, string> = new Map([
  [
    String.raw`/^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/`,
    "a path in a manifest has at most 128 characters",
  ],
  [String.raw`/VmRSS:\s+(\d+) kB/`, "the kernel writes /proc/<pid>/status"],
]);

/** Whether the number of ways to fail is bounded, whatever the text and however long. No clock takes part. */
function bounded(regex: RegExp): boolean {
  const { score } = isSafe(regex, { maxScore: 100, maxSteps: 20_000 });
  return !score.infinite;
}

describe("the regular expressions of Sigil", () => {
  test("the analysis knows a pattern that blows up from one that does not", () => {
    expect([/^(a+)+$/, /\s+$/, /^a+$/, /^[a-z]{1,64}$/].map(bounded)).toEqual([false, false, true, true]);
  });

  test("no text makes a pattern backtrack without bound", () => {
    expect(patterns.size).toBeGreaterThan(80);
    const unbounded = [...patterns].filter(([text, { regex }]) => !BOUNDED.has(text) && !bounded(regex));
    expect(unbounded.map(([text, { where }]) => `${where} ${text}`).join("\n")).toBe("");
  });

  test("every exception is still needed", () => {
    for (const text of BOUNDED.keys()) {
      expect(patterns.has(text), text).toBe(true);
      expect(bounded(patterns.get(text)?.regex ?? /x/), text).toBe(false);
    }
  });
});
