// Documents stay true: every relative link and anchor resolves, every `npm run` command named exists,
// and every row of the threat model names the title of a test that exists.
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";

const IGNORED = /node_modules|[/\\]dist[/\\]/;

export interface Finding {
  file: string;
  line: number;
  problem: string;
}

/** The anchor that GitHub gives a heading. */
export function anchorOf(heading: string): string {
  return heading
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .trim()
    .replace(/\s/g, "-");
}

function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>();
  const seen = new Map<string, number>();
  for (const [, heading] of withoutFences(markdown).matchAll(/^#{1,6}\s+(.+?)\s*#*$/gm)) {
    const anchor = anchorOf(heading ?? "");
    const n = seen.get(anchor) ?? 0;
    seen.set(anchor, n + 1);
    anchors.add(n === 0 ? anchor : `${anchor}-${n}`);
  }
  return anchors;
}

/** Fenced code replaced by empty lines, so that line numbers stay. */
function withoutFences(markdown: string): string {
  return markdown.replace(/^(```|~~~)[\s\S]*?^\1/gm, (block) => block.replace(/[^\n]/g, ""));
}

export function checkLinks(root: string, files: readonly string[]): Finding[] {
  const findings: Finding[] = [];
  for (const file of files) {
    const text = withoutFences(readFileSync(join(root, file), "utf8"));
    text.split("\n").forEach((line, i) => {
      for (const [, target = ""] of line.matchAll(/\]\(([^)\s]+)(?:\s+"[^"]*")?\)/g)) {
        if (/^(https?:|mailto:)/.test(target)) continue;
        const [path = "", anchor] = target.split("#");
        const full = path === "" ? join(root, file) : resolve(root, dirname(file), path);
        if (relative(root, full).startsWith(".."))
          findings.push({ file, line: i + 1, problem: `link leaves the repository: ${target}` });
        else if (!existsSync(full))
          findings.push({ file, line: i + 1, problem: `link to a file that does not exist: ${target}` });
        else if (anchor && full.endsWith(".md") && !anchorsOf(readFileSync(full, "utf8")).has(anchor))
          findings.push({ file, line: i + 1, problem: `link to a heading that does not exist: ${target}` });
      }
    });
  }
  return findings;
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

/** Titles of all tests and groups of tests in the repository, as written. */
export function testTitles(root: string): Set<string> {
  const titles = new Set<string>();
  const files = globSync(
    ["packages/*/test/**/*.test.ts", "apps/**/test/**/*.test.ts", "infra/**/*.test.ts"],
    { cwd: root },
  );
  for (const file of files) {
    if (IGNORED.test(file)) continue;
    const source = readFileSync(join(root, file), "utf8");
    for (const [, , title = ""] of source.matchAll(
      /\b(?:test|it|describe)(?:\.\w+(?:\([^)]*\))?)*\(\s*(["'`])((?:\\.|(?!\1)[\s\S])*)\1/g,
    ))
      titles.add(title.replace(/\\(["'`])/g, "$1"));
  }
  return titles;
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

if (import.meta.filename === process.argv[1]) {
  const root = process.cwd();
  const files = globSync("**/*.md", { cwd: root }).filter(
    (f) => !IGNORED.test(f) && !f.startsWith("node_modules"),
  );
  const threat = readFileSync(join(root, "docs/threat-model.md"), "utf8");
  const titles = testTitles(root);
  const findings = [
    ...checkLinks(root, files),
    ...checkScripts(root, files),
    ...checkThreatModel(threat, titles),
  ];
  for (const f of findings) console.error(`${f.file}:${f.line} ${f.problem}`);
  console.log(`docs: ${files.length} pages, ${titles.size} test titles, ${findings.length} findings`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}
