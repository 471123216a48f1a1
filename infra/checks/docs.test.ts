import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import {
  checkCommands,
  checkGuides,
  checkMarkdown,
  checkScripts,
  checkThreatModel,
  testTitles,
} from "./docs.ts";

const root = mkdtempSync(join(tmpdir(), "sigil-docs-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe("the documents check", () => {
  test("finds a dead link, a dead heading and a link out of the repository, and passes live ones", () => {
    writeFileSync(join(root, "b.md"), "# Two words, `code`\n");
    writeFileSync(
      join(root, "a.md"),
      [
        "# Title",
        "[ok](b.md) and [ok](b.md#two-words-code)",
        "[dead](c.md)",
        "[dead](b.md#three)",
        "[out](../b.md)",
        "```text",
        "[code](never.md)",
        "```",
        "",
      ].join("\n"),
    );
    const found = checkMarkdown(root, ["a.md"]).map((line) => /:(\d+)/.exec(line)?.[1]);
    expect([...new Set(found)].sort()).toEqual(["3", "4", "5"]);
  });

  test("finds a word of the glossary, or a name, in another spelling, and leaves code alone", () => {
    writeFileSync(
      join(root, "d.md"),
      "# Title\n\nThe license of a frozen chain on Sqlite.\n\nA `license` in code, to license, and a FrozenChain.\n",
    );
    const found = checkMarkdown(root, ["d.md"]);
    expect(found.map((line) => /:(\d+)/.exec(line)?.[1])).toEqual(["3", "3", "3"]);
    expect(found.join("\n")).toMatch(
      /licence[\s\S]*FrozenChain[\s\S]*SQLite|SQLite[\s\S]*licence[\s\S]*FrozenChain/,
    );
  });

  test("finds a command of sigil, or an option, that does not exist, in code alone", () => {
    writeFileSync(
      join(root, "e.md"),
      [
        '`sigil memory write "a" --tag x` and `sigil status --json`, `sigil memory`, `sigil <command>`',
        "`sigil memory burn`",
        "run `sigil memory write --tags x`",
        "sigil status          sigil nothing here",
        "npm run -s sigil -- store backup x --sinse y",
        "the word sigil nothing in a sentence",
      ].join("\n"),
    );
    const known = [
      { path: "memory write", options: [{ flags: "--tag <name>", summary: "" }] },
      { path: "store backup", options: [{ flags: "--since <file>", summary: "" }] },
      { path: "status" },
    ];
    expect(checkCommands(root, ["e.md"], known).map(({ line, problem }) => `${line} ${problem}`)).toEqual([
      "2 command that does not exist: sigil memory burn",
      "3 sigil memory write has no --tags",
      "4 command that does not exist: sigil nothing here",
      "5 sigil store backup has no --sinse",
    ]);
  });

  test("finds a guide that no test names", () => {
    mkdirSync(join(root, "docs/guides"), { recursive: true });
    mkdirSync(join(root, "infra"), { recursive: true });
    writeFileSync(join(root, "docs/guides/untried.md"), "");
    writeFileSync(join(root, "docs/guides/tried.md"), "");
    writeFileSync(join(root, "infra/y.test.ts"), 'read("docs/guides/tried.md")');
    expect(checkGuides(root).map(({ file }) => file)).toEqual(["docs/guides/untried.md"]);
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
    mkdirSync(join(root, "infra"), { recursive: true });
    writeFileSync(
      join(root, "infra/x.test.ts"),
      [
        "test(\"one\", f);\nit('two', f);\ntest.each([1])(`three %s`, f);",
        'test.skipIf(x)(\n  "four",\n f);',
        'test.each<[string, (c: X) => void]>([["a", (c) => g("no title")]])("five", f);',
        'describe(`six of $n`, f); best("no test", f);',
      ].join("\n"),
    );
    expect([...testTitles(root)].sort()).toEqual(["five", "four", "one", "six of $n", "three %s", "two"]);
  });
});
