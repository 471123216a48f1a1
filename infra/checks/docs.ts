// Documents stay true: Markdown is well formed, every relative link and anchor resolves, the words of the glossary have one
// spelling, every `npm run` script and every command of sigil that is named exists, every guide is run by a test, and every row
// of the threat model names the title of a test that exists.
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { type Command, GLOBAL_OPTIONS } from "../../apps/cli/src/domain/command.ts";
import { COMMANDS } from "./cli.ts";

const ROOT = join(import.meta.dirname, "../..");
const IGNORED = /node_modules|[/\\]dist[/\\]/;

export interface Finding {
  file: string;
  line: number;
  problem: string;
}

/**
 * What markdownlint finds with the configuration and the rules of this repository in `files`: malformed Markdown, links and
 * anchors that lead nowhere, words of the glossary that are spelled otherwise.
 */
export function checkMarkdown(root: string, files: readonly string[]): string[] {
  const program = join(ROOT, "node_modules/markdownlint-cli2/markdownlint-cli2-bin.mjs");
  const config = join(ROOT, ".markdownlint-cli2.jsonc");
  // `:` names a file as it is, without patterns.
  const named = files.map((file) => `:${join(root, file)}`);
  const { status, stderr, error } = spawnSync(
    process.execPath,
    [program, "--config", config, "--no-globs", ...named],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  if (error !== undefined || status === null || status > 1)
    throw new Error(`docs: markdownlint-cli2 ended with ${status}: ${error ?? stderr}`);
  return stderr.split("\n").filter((line) => line.includes(" error "));
}

export function checkScripts(root: string, files: readonly string[]): Finding[] {
  const scripts = JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts as Record<
    string,
    string
  >;
  const findings: Finding[] = [];
  for (const file of files) {
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .forEach((line, i) => {
        for (const [, name = ""] of line.matchAll(/npm run (?:-s )?([a-z:]+)/g))
          if (!(name in scripts))
            findings.push({ file, line: i + 1, problem: `npm script that does not exist: ${name}` });
      });
  }
  return findings;
}

/**
 * Commands of `sigil` in code that do not exist, or with an option that they do not have. A line that shows what stands there in
 * general, such as `sigil <command>`, names none.
 */
export function checkCommands(root: string, files: readonly string[], commands: readonly Known[]): Finding[] {
  const paths = new Map(commands.map((command) => [command.path, command]));
  const nouns = new Set(commands.flatMap(({ path }) => (path.includes(" ") ? [path.split(" ")[0]] : [])));
  const general = new Set(GLOBAL_OPTIONS.map(({ flags }) => flags.split(" ")[0]));
  return files.flatMap((file) =>
    readFileSync(join(root, file), "utf8")
      .split("\n")
      .flatMap((line, i) =>
        [
          ...line.matchAll(
            /(?:(?:^|`| {2,})sigil |npm run -s sigil -- )((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)((?:(?! {2})[^`])*)/g,
          ),
        ].flatMap(([, words = "", rest = ""]) => {
          const [noun = ""] = words.split(" ");
          const command = paths.get(words) ?? paths.get(noun);
          if (command === undefined)
            return nouns.has(words) || ["help", "completion"].includes(noun)
              ? []
              : [{ file, line: i + 1, problem: `command that does not exist: sigil ${words}` }];
          const own = new Set((command.options ?? []).flatMap(({ flags }) => flags.split(/[ ,]+/)));
          // A command ends where its column of the line does, or where another program begins.
          const [column = ""] = rest.split(/[|;#]/);
          return [...column.matchAll(/(?:^| )(--[a-z-]+)/g)].flatMap(([, option = ""]) =>
            own.has(option) || general.has(option)
              ? []
              : [{ file, line: i + 1, problem: `sigil ${command.path} has no ${option}` }],
          );
        }),
      ),
  );
}

type Known = Pick<Command, "path" | "options">;

/** Titles of all tests and groups of tests in the repository, as written. */
export function testTitles(root: string): Set<string> {
  const titles = new Set<string>();
  const files = globSync(
    ["packages/*/test/**/*.test.ts", "apps/**/test/**/*.test.ts", "infra/**/*.test.ts"],
    { cwd: root },
  );
  for (const file of files) {
    if (IGNORED.test(file)) continue;
    collectTitles(
      ts.createSourceFile(file, readFileSync(join(root, file), "utf8"), ts.ScriptTarget.Latest, true),
      titles,
    );
  }
  return titles;
}

/** The first argument of every call of `test`, `it` or `describe`, of their variants and of what those give. */
function collectTitles(node: ts.Node, titles: Set<string>): void {
  if (ts.isCallExpression(node)) {
    const [first] = node.arguments;
    if (first !== undefined && isTestCall(node.expression)) {
      if (ts.isStringLiteralLike(first)) titles.add(first.text);
      else if (ts.isTemplateExpression(first)) titles.add(first.getText().slice(1, -1));
    }
  }
  ts.forEachChild(node, (child) => collectTitles(child, titles));
}

function isTestCall(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return ["test", "it", "describe"].includes(callee.text);
  return (
    (ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee)) && isTestCall(callee.expression)
  );
}

/** Rows of every table of the threat model whose last column is headed "Proved by"; several titles are separated by " · ". */
export function checkThreatModel(
  text: string,
  titles: ReadonlySet<string>,
  file = "docs/threat-model.md",
): Finding[] {
  const findings: Finding[] = [];
  let rows = 0;
  let inTable = false;
  text.split("\n").forEach((line, i) => {
    if (!line.startsWith("|")) {
      inTable = false;
      return;
    }
    const cells = line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
    if (cells.at(-1) === "Proved by") inTable = true;
    else if (inTable && !/^[-: ]+$/.test(cells[0] ?? "")) {
      rows += 1;
      for (const title of (cells.at(-1) ?? "").split(" · "))
        if (!titles.has(title.trim()))
          findings.push({
            file,
            line: i + 1,
            problem: `no test has the title: ${title.trim() || "(empty)"}`,
          });
    }
  });
  if (rows === 0) findings.push({ file, line: 1, problem: "the threat model has no row" });
  return findings;
}

/** Guides that no test names: what a guide says to type has been typed by a test. */
export function checkGuides(root: string): Finding[] {
  const tests = globSync("{apps,packages,infra}/**/*.test.ts", { cwd: root }).filter(
    (file) => !IGNORED.test(file),
  );
  const sources = tests.map((file) => readFileSync(join(root, file), "utf8")).join("\n");
  return globSync("docs/guides/*.md", { cwd: root })
    .filter((guide) => !sources.includes(guide.replaceAll("\\", "/")))
    .map((file) => ({
      file,
      line: 1,
      problem: "no test names this guide, so nothing runs what it says to type",
    }));
}

if (import.meta.filename === process.argv[1]) {
  const files = globSync("**/*.md", { cwd: ROOT }).filter(
    (f) => !IGNORED.test(f) && !f.startsWith("node_modules"),
  );
  const threat = readFileSync(join(ROOT, "docs/threat-model.md"), "utf8");
  const titles = testTitles(ROOT);
  const findings = [
    ...checkMarkdown(ROOT, files),
    ...[
      ...checkScripts(ROOT, files),
      ...checkCommands(ROOT, files, COMMANDS),
      ...checkThreatModel(threat, titles),
      ...checkGuides(ROOT),
    ].map(({ file, line, problem }) => `${file}:${line} ${problem}`),
  ];
  for (const finding of findings) console.error(finding);
  console.log(`docs: ${files.length} pages, ${titles.size} test titles, ${findings.length} findings`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}
