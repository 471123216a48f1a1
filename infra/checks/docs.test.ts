import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { anchorOf, checkLinks, checkScripts, checkThreatModel, testTitles } from "./docs.ts";

const root = mkdtempSync(join(tmpdir(), "sigil-docs-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("the documents check", () => {
  test("finds a dead link, a dead heading and a link out of the repository, and passes live ones", () => {
    writeFileSync(join(root, "b.md"), "# Two words, `code`\n");
    writeFileSync(
      join(root, "a.md"),
      [
        "[ok](b.md)",
        "[ok](b.md#two-words-code)",
        "[dead](c.md)",
        "[dead](b.md#three)",
        "[out](../../x.md)",
        "```\n[code](never.md)\n```",
      ].join("\n"),
    );
    expect(checkLinks(root, ["a.md"]).map((f) => f.line)).toEqual([3, 4, 5]);
  });

  test("finds a command that package.json does not have", () => {
    writeFileSync(join(root, "package.json"), JSON.stringify({ scripts: { demo: "x" } }));
    writeFileSync(join(root, "c.md"), "npm run demo\nnpm run -s gone -- x\n");
    expect(checkScripts(root, ["c.md"])).toEqual([
      { file: "c.md", line: 2, problem: "npm script that does not exist: gone" },
    ]);
  });

  test("finds a threat whose test does not exist, and an empty model", () => {
    const row = (title: string) => `| Asset | Proved by |\n|---|---|\n| key | ${title} |\n`;
    const titles = new Set(["a fact", "another fact"]);
    expect(checkThreatModel(row("a fact · another fact"), titles)).toEqual([]);
    expect(checkThreatModel(row("a wish"), titles)).toHaveLength(1);
    expect(checkThreatModel("no table", titles)).toHaveLength(1);
  });

  test("reads titles in every quote style", () => {
    mkdirSync(join(root, "infra"));
    writeFileSync(
      join(root, "infra/x.test.ts"),
      'test("one", f);\nit(\'two\', f);\ntest.each([1])(`three %s`, f);\ntest.skipIf(x)(\n  "four",\n f);',
    );
    expect([...testTitles(root)].sort()).toEqual(["four", "one", "two"].concat("three %s").sort());
  });

  test("gives headings the anchors that GitHub gives them", () => {
    expect(anchorOf("Two sentences: *every* import")).toBe("two-sentences-every-import");
  });
});
