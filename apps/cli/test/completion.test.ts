import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, type TestContext, test } from "vitest";
import { allCommands } from "../src/commands/index.ts";
import { complete } from "../src/domain/completion/complete.ts";
import { SCRIPTS, type Shell } from "../src/domain/completion/scripts.ts";
import type { Needs } from "../src/domain/needs.ts";
import { APPS, folder } from "./place.ts";

const all = allCommands({} as Needs, {} as Needs);
const names = { licences: () => [{ word: "operator", summary: "Operator of ada" }] };
const asked = (...words: string[]) => complete(all, names, words);
const words = (...line: string[]) => asked(...line).words.map(({ word }) => word);

describe("what completes a line", () => {
  test("every command of the table, word by word", () => {
    for (const { path } of all) {
      const parts = path.split(" ");
      for (const [i, part] of parts.entries()) expect(words(...parts.slice(0, i), "")).toContain(part);
    }
    expect(words("mem")).toEqual(["memory"]);
    expect(words("nonsense", "")).toEqual([]);
  });

  test("every flag of a command and those that every command has, and no other", () => {
    for (const { path, options = [] } of all) {
      const flags = words(...path.split(" "), "--");
      for (const { flags: flag } of options) expect(flags).toContain(flag.split(" ")[0]);
      expect(flags).toEqual(expect.arrayContaining(["--json", "--home", "--set", "--licence", "--help"]));
    }
    expect(words("status", "--tag")).toEqual([]);
  });

  test("the choices of a value, after a space and after =", () => {
    expect(words("memory", "write", "x", "--kind", "s")).toEqual(["semantic"]);
    expect(words("memory", "write", "x", "--kind=s")).toEqual(["--kind=semantic"]);
    expect(words("memory", "write", "x", "--kind", "=", "s")).toEqual(["--kind=semantic"]);
    expect(words("key", "rotate", "")).toEqual(["kek", "record", "log"]);
  });

  test("the names of this home, the actions of the table and the settings", () => {
    expect(words("memory", "list", "--licence", "o")).toEqual(["operator"]);
    expect(words("--licence", "o")).toEqual(["operator"]);
    expect(words("policy", "explain", "memory.w")).toEqual(["memory.write"]);
    expect(words("--set", "sigilderg.p")).toEqual(["sigilderg.port="]);
    expect(words("config", "change", "sigilderg.rate_r")).toContain("sigilderg.rate_read");
    expect(words("help", "mem")).toEqual(["memory"]);
  });

  test("paths where a file or a folder is asked for, and nothing where a text of one's own is", () => {
    expect(asked("verify", "")).toEqual({ paths: "files", words: [] });
    expect(asked("--home", "").paths).toBe("folders");
    expect(asked("memory", "list", "--licence", "").paths).toBe("files");
    expect(asked("memory", "write", "")).toEqual({ paths: "none", words: [] });
    expect(asked("memory", "get", "x", "")).toEqual({ paths: "none", words: [] });
  });
});

/** A folder with the command as `sigil` on its path, a file and a home with one licence. */
function place(): { cwd: string; env: NodeJS.ProcessEnv; script: (shell: Shell) => string } {
  const cwd = folder();
  mkdirSync(join(cwd, "bin"));
  mkdirSync(join(cwd, "home/licences"), { recursive: true });
  const claims = Buffer.from(JSON.stringify({ sub: "ada", loa: "Operator", scope: ["*"], exp: 1 }));
  writeFileSync(join(cwd, "home/licences/adas.jwt"), `x.${claims.toString("base64url")}.x\n`);
  writeFileSync(join(cwd, "bundle one.json"), "{}");
  writeFileSync(
    join(cwd, "bin/sigil"),
    `#!/bin/sh\nexec '${process.execPath}' '${join(APPS, "cli/dist/sigil.js")}' "$@"\n`,
  );
  chmodSync(join(cwd, "bin/sigil"), 0o755);
  const clean = Object.entries(process.env).filter(([name]) => !name.startsWith("SIGIL_"));
  return {
    cwd,
    env: {
      ...Object.fromEntries(clean),
      PATH: `${join(cwd, "bin")}:${process.env.PATH}`,
      HOME: cwd,
      SIGIL_HOME: join(cwd, "home"),
    },
    script(shell) {
      const file = join(cwd, `completion.${shell}`);
      writeFileSync(file, SCRIPTS[shell]);
      return file;
    },
  };
}

async function present(shell: Shell, context: TestContext): Promise<void> {
  await promisify(execFile)(shell, ["--version"]).catch(() =>
    context.skip(`${shell} is not installed on this machine`),
  );
}

/** Lines to complete, and what has to be among the answers. */
const LINES: readonly (readonly [line: readonly string[], expected: readonly string[]])[] = [
  [["memory", "wr"], ["write"]],
  [
    ["canon", ""],
    ["list", "get", "export", "verify", "trust"],
  ],
  [["memory", "write", "x", "--ki"], ["--kind"]],
  [["memory", "list", "--licence", "ad"], ["adas"]],
  [["verify", "bund"], ["bundle one.json"]],
];

describe("a real shell", () => {
  test("bash completes commands, flags, licences of the home and files", async (context) => {
    await present("bash", context);
    const { cwd, env, script } = place();
    const asks = LINES.map(
      ([line]) =>
        `COMP_WORDS=(sigil ${line.map((word) => `'${word}'`).join(" ")}); COMP_CWORD=${line.length}; ` +
        `_sigil sigil '${line.at(-1)}' ''; printf '%s\\n' "\${COMPREPLY[@]}"; echo ---`,
    );
    const text = [`source '${script("bash")}'`, "complete -p sigil >/dev/null || exit 9", ...asks].join("\n");
    const { stdout } = await promisify(execFile)("bash", ["--norc", "--noprofile", "-c", text], { cwd, env });
    expectAnswers(stdout);
  });

  test("zsh completes commands, flags, licences of the home and files", async (context) => {
    await present("zsh", context);
    const { cwd, env, script } = place();
    // What zsh's completion system would show is printed instead: only a line editor has a place for it.
    const shown = [
      "compdef() { registered=$2 }",
      `_describe() { local -a given; given=("\${(@P)4}"); print -l -- "\${(@)given%%:*}" }`,
      `_files() { print -l -- \${~words[CURRENT]}*(N) }`,
    ];
    const asks = LINES.map(
      ([line]) =>
        `words=(sigil ${line.map((word) => `'${word}'`).join(" ")}); CURRENT=${line.length + 1}; _sigil; print -- ---`,
    );
    const text = [...shown, `source '${script("zsh")}'`, "[[ $registered == sigil ]] || exit 9", ...asks];
    const { stdout } = await promisify(execFile)("zsh", ["-f", "-c", text.join("\n")], { cwd, env });
    expectAnswers(stdout);
  });

  test("fish completes commands, flags, licences of the home and files", async (context) => {
    await present("fish", context);
    const { cwd, env, script } = place();
    const asks = LINES.map(([line]) => `complete -C 'sigil ${line.join(" ")}'; echo ---`);
    const text = [`source '${script("fish")}'`, ...asks].join("\n");
    const { stdout } = await promisify(execFile)("fish", ["--no-config", "-c", text], { cwd, env });
    expectAnswers(stdout);
  });
});

function expectAnswers(stdout: string): void {
  const answers = stdout.split("---\n");
  for (const [i, [line, expected]] of LINES.entries()) {
    const got = (answers[i] ?? "").split("\n").map((each) => each.split("\t")[0]?.replaceAll("\\ ", " "));
    for (const word of expected) expect(got, `sigil ${line.join(" ")}`).toContain(word);
    expect(got, `sigil ${line.join(" ")}`).not.toContain("start");
  }
}

test("the command prints the script that the shell sources", async () => {
  const { cwd, env } = place();
  const { stdout } = await promisify(execFile)("sigil", ["completion", "bash"], { cwd, env });
  expect(stdout.trimEnd()).toBe(SCRIPTS.bash.trimEnd());
  expect(readFileSync(join(cwd, "home/licences/adas.jwt"), "utf8")).toContain("x.");
});
