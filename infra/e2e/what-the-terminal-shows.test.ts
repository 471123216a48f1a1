import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePorts, type Output, Runtime, SIGIL, sigil, temporaryHome } from "./runtime.ts";

const place = temporaryHome("terminal");
const file = (name: string) => join(place.parent, name);
const other = file("other");
let runtime: Runtime;

beforeAll(async () => {
  runtime = await Runtime.start(place.home);
  const made = await sigil(other, ["bootstrap"]);
  if (made.code !== 0) throw new Error(made.stderr);
});
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

/** What differs from run to run, by what it is. The same thing has the same name all through a story. */
function normalised(text: string, ids: Map<string, string>): string {
  return text
    .replaceAll(place.home, "<home>")
    .replaceAll(place.parent, "<folder>")
    .replace(/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>")
    .replace(/sha256:[0-9a-f]{64}/g, "<hash>")
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, (id) => {
      const name = ids.get(id) ?? `<id ${ids.size + 1}>`;
      ids.set(id, name);
      return name;
    })
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replace(/\b20\d\d-\d\d-\d\d\b/g, "<date>")
    .replace(/\b(leaf|Leaf)( +)\d+/g, "$1$2<n>")
    .replace(/\blog of \d+ records, root \S+/g, "log of <n> records, root <root>")
    .replace(/\b(pid|supervisor) \d+/g, "$1 <pid>")
    .replace(/\b[A-Za-z0-9_-]{43}\b/g, "<key>")
    .replace(/sigil\.local\/\S+/g, "<origin>")
    .replace(/[ \t]+$/gm, "");
}

/** One story: what is typed, and everything that the terminal then shows. `$x` stands for what an earlier line printed. */
async function told(name: string, lines: readonly (readonly string[])[]): Promise<string> {
  const ids = new Map<string, string>();
  let last = "";
  const shown: string[] = [];
  for (const words of lines) {
    const typed = words.map((word) => (word === "$id" ? last : word));
    const { code, stdout, stderr } = await runtime.cli(...typed);
    last = /\b[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}\b/.exec(stdout)?.[0] ?? last;
    const quoted = typed.map((word) => (/^[\w./:@*=-]+$/.test(word) ? word : `'${word}'`));
    shown.push(
      `$ sigil ${quoted.join(" ")}`,
      ...[stdout.trimEnd(), stderr.trimEnd()].filter((text) => text !== ""),
      ...(code === 0 ? [] : [`[exit code ${code}]`]),
      "",
    );
  }
  const text = normalised(shown.join("\n"), ids);
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(transcript(name), text);
  return text;
}

const transcript = (name: string) => new URL(`./transcripts/${name}.txt`, import.meta.url);
/** What was told when somebody last read it. If a difference is meant: UPDATE_GOLDEN=1, and have it reviewed. */
const before = (name: string) => readFileSync(transcript(name), "utf8");

describe("the terminal shows, from its first line to its last,", () => {
  test("how a note is written, found, exported, imported by somebody else and forgotten", async () => {
    const shown = await told("a-note", [
      ["memory", "write", "the build needs Node 24", "--tag", "project"],
      ["memory", "get", "$id"],
      ["memory", "list", "--tag", "project"],
      ["memory", "export", "--out", file("notes.jsonl")],
      ["memory", "import", file("notes.jsonl")],
      ["memory", "import", file("notes.jsonl")],
      ["memory", "forget", "$id"],
    ]);
    expect(shown).toBe(before("a-note"));
  });

  test("how access is given, limited and taken back", async () => {
    const shown = await told("access", [
      ["license", "issue", "--principal", "ada", "--loa", "Observer", "--out", file("ada.jwt")],
      ["memory", "write", "x", "--licence", file("ada.jwt")],
      ["license", "validate", file("ada.jwt")],
      ["license", "list", "--principal", "ada"],
    ]);
    expect(shown).toBe(before("access"));
  });

  test("how a lockdown stops what changes something, and ends", async () => {
    const shown = await told("lockdown", [
      ["lockdown", "enter", "--reason", "a module misbehaves"],
      ["memory", "write", "x"],
      ["lockdown", "status"],
      ["lockdown", "leave", "--reason", "the module is revoked"],
    ]);
    expect(shown).toBe(before("lockdown"));
  });
});

describe("what stands in the way of a command is named, with its remedy", () => {
  const shown = ({ code, stderr }: Output) => [code, /^error: ([a-z-]+): /m.exec(stderr)?.[1]];
  const remedied = (output: Output) => {
    expect(output.stdout).toBe("");
    expect(output.stderr).toMatch(/^remedy: \w.{10,}$/m);
    return shown(output);
  };

  test("a runtime that is stopped, and exit code 3", async () => {
    const [port] = await freePorts(1);
    const said = await sigil(place.home, ["memory", "list", "--set", `sigilderg.port=${port}`]);
    expect(remedied(said)).toEqual([3, "door-unreachable"]);
  });

  test("a program that is no Sigil, which sees no licence", async () => {
    const seen: string[] = [];
    const printer = createServer((incoming, response) => {
      seen.push(incoming.headers.authorization ?? "nothing");
      response.end("<html>printer</html>");
    });
    await new Promise<void>((resolve) => printer.listen(0, "127.0.0.1", resolve));
    const { port } = printer.address() as AddressInfo;
    const said = await sigil(place.home, ["memory", "list", "--set", `sigilderg.port=${port}`]);
    printer.close();
    expect(remedied(said)).toEqual([3, "runtime-foreign"]);
    expect(new Set(seen)).toEqual(new Set(["nothing"]));
  });

  test("the runtime of another home", async () => {
    const said = await sigil(other, ["memory", "list", ...runtime.flags]);
    expect(remedied(said)).toEqual([1, "runtime-differs"]);
  });

  test.each([
    ["of a newer version", "home-newer", "trust.json", (text: string) => text.replace('"v": 1', '"v": 2')],
    ["of which a part is missing", "home-incomplete", "trust.json", () => undefined],
  ])("a home %s, which stays as it was", async (_, code, path, change) => {
    const before = readFileSync(join(other, path), "utf8");
    const after = change(before);
    if (after === undefined) rmSync(join(other, path));
    else writeFileSync(join(other, path), after);
    try {
      for (const words of [["start"], ["canon", "trust"], ["memory", "list"]])
        expect(remedied(await sigil(other, words))).toEqual([1, code]);
      expect(existsSync(join(other, "logs/sigilderg.log"))).toBe(false);
    } finally {
      writeFileSync(join(other, path), before);
    }
  });

  test("what a bootstrap left that was killed: it is removed, and the runtime is made", async () => {
    const left = file("fresh.bootstrap-0123456789ab");
    mkdirSync(join(left, "run"), { recursive: true });
    const { pid } = spawnSync(process.execPath, ["--version"]);
    writeFileSync(join(left, "run/bootstrap.json"), JSON.stringify({ pid, born: null }));
    const made = await sigil(file("fresh"), ["bootstrap"]);
    expect([made.code, existsSync(left)]).toEqual([0, false]);
  });

  test("a home that cannot be written", async (context) => {
    if (process.platform === "win32") return context.skip("Windows has no mode bits to take away");
    const { user, folder } = lockedHome();
    const as = { encoding: "utf8", cwd: "/", env: { PATH: process.env.PATH }, ...user } as const;
    if (spawnSync(process.execPath, [SIGIL, "--version"], as).status !== 0)
      return context.skip("a user without rights may not read this folder, so nobody can try it");
    const { status, stderr } = spawnSync(process.execPath, [SIGIL, "start", "--home", folder], as);
    expect([status, stderr]).toEqual([
      1,
      expect.stringMatching(/^error: home-not-writable: [\s\S]*^remedy: /m),
    ]);
  });

  /** A home without the right to write; under root, that of a user without rights, for whom it counts. */
  function lockedHome(): { user: { uid?: number; gid?: number }; folder: string } {
    const folder = file("locked");
    cpSync(other, folder, { recursive: true });
    const uid = process.getuid?.() === 0 ? 65_534 : undefined;
    const all = [
      folder,
      ...readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name))),
    ];
    for (const path of all) {
      if (uid !== undefined) chownSync(path, uid, uid);
      chmodSync(path, 0o500);
    }
    if (uid === undefined) return { user: {}, folder };
    chmodSync(place.parent, 0o711);
    return { user: { uid, gid: uid }, folder };
  }
});

describe("a terminal", () => {
  /** Runs the command on a terminal of its own: 80 columns, unless it is told otherwise. */
  const onTerminal = (words: string, env: NodeJS.ProcessEnv = {}, stty = "cols 80") => {
    const typed = `stty ${stty}; '${process.execPath}' '${SIGIL}' ${words}`;
    const { stdout, error } = spawnSync("script", ["-qec", typed, "/dev/null"], {
      ...{ encoding: "utf8", env: { PATH: process.env.PATH, SIGIL_HOME: place.home, TERM: "xterm", ...env } },
    });
    return { text: String(stdout), missing: error !== undefined };
  };
  const flags = () => runtime.flags.join(" ");
  const ESCAPE = "\u001b[";

  test("with colours shows them, and one that is dumb, or that NO_COLOR asks for none, does not", (context) => {
    const coloured = onTerminal(`status ${flags()}`);
    if (coloured.missing)
      return context.skip("util-linux's script, which makes a terminal, is not installed");
    expect(coloured.text).toContain(`${ESCAPE}32mready`);
    for (const env of [{ TERM: "dumb" }, { NO_COLOR: "1" }])
      expect(onTerminal(`status ${flags()}`, env).text).not.toContain(ESCAPE);
  });

  test("of any width, or of none, shows the whole help within it", (context) => {
    const wide = onTerminal("help", {}, "cols 250");
    if (wide.missing) return context.skip("util-linux's script, which makes a terminal, is not installed");
    const words = (text: string) => text.split(/\s+/).filter(Boolean);
    for (const stty of ["cols 80", "cols 0"]) {
      const { text } = onTerminal("help", {}, stty);
      expect(words(text)).toEqual(words(wide.text));
    }
    const lines = onTerminal("help", {}, "cols 80").text.split(/\r?\n/);
    expect(lines.filter((line) => line.length > 80)).toEqual([]);
  });
});
