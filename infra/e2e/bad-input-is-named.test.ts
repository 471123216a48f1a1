import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePorts, Runtime, sigil, temporaryHome } from "./runtime.ts";

const place = temporaryHome("input");
let runtime: Runtime;

beforeAll(async () => {
  runtime = await Runtime.start(place.home);
});
afterAll(async () => {
  await runtime?.stop();
  place.remove();
});

const note = { kind: "episodic", text: "x", visibility: "private" };

describe("a bad body is refused by name", () => {
  const deep = `${'{"a":'.repeat(40)}1${"}".repeat(40)}`;
  const cases: [string, string, number, string][] = [
    ["not JSON", "{nope", 400, "json"],
    ["duplicate keys", '{"kind":"episodic","text":"a","text":"b","visibility":"private"}', 400, "duplicate"],
    ["an unknown field", JSON.stringify({ ...note, extra: 1 }), 422, "extra"],
    ["too deep", deep, 400, "dep"],
    ["too large", JSON.stringify({ ...note, text: "x".repeat(3 << 20) }), 413, "large"],
    ["a lone surrogate", '{"kind":"episodic","text":"\\ud800","visibility":"private"}', 400, "surrogate"],
    ["an empty body", "", 400, ""],
  ];
  for (const [name, body, status, word] of cases) {
    test(`${name} is answered with a problem, with its remedy`, async () => {
      const answer = await runtime.door("POST", "/v1/memory", { body });
      expect(answer.status, answer.text).toBe(status);
      expect(answer.headers.get("content-type")).toContain("application/problem+json");
      expect(answer.body.code).toMatch(/^[a-z0-9-]+$/);
      expect(answer.body.remedy.length).toBeGreaterThan(10);
      expect(answer.text.toLowerCase()).toContain(word);
    });
  }

  test("nothing of a refused body was stored", async () => {
    expect((await runtime.door("GET", "/v1/memory")).body.blocks).toEqual([]);
  });
});

describe("a bad file for rust-mentor is refused by name", () => {
  const files: Record<string, [() => string, string]> = {
    "a path that does not exist": [() => join(place.parent, "nowhere.rs"), "file-not-found"],
    "a directory": [() => place.parent, "file-is-directory"],
    "a binary": [() => save("binary.rs", Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0, 0, 1])), "file-binary"],
    "an empty file": [() => save("empty.rs", Buffer.alloc(0)), "file-empty"],
    "5 MB of Rust": [() => save("large.rs", Buffer.from("fn f() {}\n".repeat(524_288))), "too-large"],
    "invalid UTF-8": [() => save("latin.rs", Buffer.from([0x66, 0x6e, 0x20, 0xe9, 0xff])), "utf-8"],
  };
  function save(name: string, bytes: Buffer): string {
    writeFileSync(join(place.parent, name), bytes);
    return join(place.parent, name);
  }
  for (const [name, [path, code]] of Object.entries(files)) {
    test(`${name} is a named error with a remedy and exit code 1`, async () => {
      const answer = await runtime.cli("module", "run", "rust-mentor", path());
      expect(answer.code).toBe(1);
      expect(answer.stderr).toContain("error: ");
      expect(answer.stderr).toContain("remedy: ");
      expect(answer.stderr).toContain(code);
    });
  }
});

describe("a name at the command that looks like another, or climbs, is refused by name", () => {
  test.each<[string[], string]>([
    [["module", "run", "../rust-mentor", "docs/examples/rust/orders.rs"], "path-not-canonical"],
    [["module", "run", "rust-m\u0435ntor", "docs/examples/rust/orders.rs"], "path-invalid"],
    [["audit", "show", "../../v1/memory"], "path-not-canonical"],
    [["run", "cancel", "../../x"], "path-not-canonical"],
    [["memory", "write", "x", "--tag", "\u0430lpha"], "body-invalid"],
    [["memory", "list", "--licence", "../licences/operator"], "licence-not-found"],
    [["license", "issue", "--principal", "\u0430lice", "--loa", "Observer"], "argument-invalid"],
    [["license", "issue", "--principal", "../alice", "--loa", "Observer"], "argument-invalid"],
  ])("sigil %j", async (args, code) => {
    const { code: exit, stderr, stdout } = await runtime.cli(...args);
    expect(exit).toBeGreaterThan(0);
    expect(stderr).toContain(`error: ${code}`);
    expect(stderr).toContain("remedy: ");
    expect(stdout).toBe("");
  });
});

describe("a start that cannot be is refused by name", () => {
  test("a second start on the same data names the process that runs", async () => {
    const answer = await sigil(place.home, ["start", ...runtime.flags]);
    expect(answer.code).not.toBe(0);
    expect(answer.stderr).toContain("already-running");
    expect(answer.stderr).toContain(String(runtime.supervisorPid()));
    expect((await runtime.door("GET", "/v1/memory")).status).toBe(200);
  });

  test("a busy port is a named error that says which setting to change", async () => {
    const [port = 0] = await freePorts(1);
    const squatter = createServer().listen(port, "127.0.0.1");
    const fresh = temporaryHome("busy");
    try {
      await expect(Runtime.start(fresh.home, [`mmf.port=${port}`])).rejects.toThrow(
        /port-busy[\s\S]*mmf\.port/,
      );
    } finally {
      squatter.close();
      fresh.remove();
    }
  });

  test("a corrupt configuration names the line, an unknown key its nearest neighbour", async () => {
    const fresh = temporaryHome("config");
    await (await Runtime.start(fresh.home)).stop();
    writeFileSync(join(fresh.home, "sigil.toml"), "[sigilderg\nport = 1\n");
    const corrupt = await sigil(fresh.home, ["config", "show"]);
    expect(corrupt.code).not.toBe(0);
    expect(corrupt.stderr).toMatch(/config-[a-z-]+/);
    writeFileSync(join(fresh.home, "sigil.toml"), "[sigilderg]\nprot = 7400\n");
    const unknown = await sigil(fresh.home, ["config", "show"]);
    expect(unknown.stderr).toContain("config-unknown-key");
    expect(unknown.stderr).toContain("sigilderg.port");
    fresh.remove();
  });

  test("a home without write permission is refused by name and left as it was", async (context) => {
    if (process.platform === "win32") return context.skip("Windows has no mode bits to take away");
    // Mode bits do not stop root; nobody can make a folder in /proc.
    const parent = process.getuid?.() === 0 ? "/proc" : place.parent;
    if (parent !== "/proc") chmodSync(parent, 0o500);
    const answer = await sigil(join(parent, "sigil-home"), ["start", ...(await freeFlags())]);
    if (parent !== "/proc") chmodSync(parent, 0o700);
    expect(answer.code).not.toBe(0);
    expect(answer.stderr).toContain("home-not-writable");
  });

  test("a folder that holds something else is not taken for a home", async () => {
    const foreign = temporaryHome("foreign");
    mkdirSync(foreign.home);
    writeFileSync(join(foreign.home, "thesis.txt"), "mine");
    const answer = await sigil(foreign.home, ["start", ...(await freeFlags())]);
    expect(answer.code).not.toBe(0);
    expect(answer.stderr).toContain("home-not-sigil");
    foreign.remove();
  });
});

async function freeFlags(): Promise<string[]> {
  const [sigilderg, mmf, nexus] = await freePorts(3);
  return [`sigilderg.port=${sigilderg}`, `mmf.port=${mmf}`, `codex_nexus.port=${nexus}`].flatMap((set) => [
    "--set",
    set,
  ]);
}

describe("an exported memory", () => {
  test("comes back as blocks of the importer, once however often it is imported; a bad line writes nothing", async () => {
    const at = (name: string) => join(place.parent, name);
    for (const text of ["the first", "the second"])
      expect(
        (await runtime.cli("memory", "write", text, "--shared", "--tag", "moved", "--loa", "Observer")).code,
      ).toBe(0);
    const out = await runtime.json("memory", "export", "--tag", "moved", "--out", at("blocks.jsonl"));
    expect(out.blocks).toBe(2);
    const lines = readFileSync(at("blocks.jsonl"), "utf8");
    for (const [name, bad, says] of [
      ["json.jsonl", "{nope", "line 3"],
      ["field.jsonl", '{"kind":"vague","text":"x"}', "kind"],
    ] as const) {
      writeFileSync(at(name), `${lines}${bad}\n`);
      const refused = await runtime.cli("memory", "import", at(name), "--licence", "root");
      expect([refused.code, refused.stdout.includes(says)]).toEqual([2, true]);
      expect(refused.stdout).toContain("nothing was written");
    }
    const importing = ["memory", "import", at("blocks.jsonl"), "--licence", "root"];
    expect(await runtime.json(...importing)).toMatchObject({ written: 2, before: 0 });
    expect(await runtime.json(...importing)).toMatchObject({ written: 0, before: 2 });
    const { blocks } = await runtime.json("memory", "list", "--tag", "moved");
    expect(blocks).toHaveLength(4);
    expect(blocks[0]).toMatchObject({
      text: "the second",
      tags: ["moved"],
      visibility: "shared",
      loa: "Observer",
    });
    expect((await runtime.cli("memory", "export", "--licence", "operator")).code).toBe(1);
  }, 60_000);
});

describe("a file of canon entries", () => {
  const at = (name: string) => join(place.parent, name);
  const line = (slug: string, more: object = {}) =>
    JSON.stringify({ slug, title: `On ${slug}`, text: "a text", tags: ["imported"], ...more });
  const importing = (name: string) => ["canon", "import", at(name), "--licence", "operator"];

  test("becomes entries of the importer, once however often it is imported; of a file with bad lines the good ones alone when asked to", async () => {
    const bad = [
      ["{nope", "line-not-json"],
      [line("no-text", { text: "" }), "line-invalid"],
      [line("theirs", { stream: "system/canon/theirs" }), "stream-not-own"],
      [line("high", { loa: "Root" }), "level-too-low"],
    ];
    const good = [line("first", { loa: "Observer" }), line("second", { stream: "canon/owner/shelf/second" })];
    writeFileSync(at("entries.jsonl"), [...good, ...bad.map(([text]) => text), ""].join("\n"));
    const refused = await runtime.cli(...importing("entries.jsonl"));
    expect([refused.code, refused.stdout]).toEqual([2, expect.stringContaining("nothing was written")]);
    for (const [at, [, code]] of bad.entries()) expect(refused.stdout).toContain(`line ${at + 3}  ${code}`);
    const listed = () => runtime.json("canon", "list", "--tag", "imported");
    expect((await listed()).records).toEqual([]);
    const partly = await runtime.cli(...importing("entries.jsonl"), "--partial", "--json");
    expect([partly.code, JSON.parse(partly.stdout)]).toMatchObject([1, { written: 2, before: 0 }]);
    writeFileSync(at("entries.jsonl"), [...good, line("third")].join("\n"));
    expect(await runtime.json(...importing("entries.jsonl"))).toMatchObject({ written: 1, before: 2 });
    const { records } = await listed();
    const found = records.map(({ signed: { record } }: { signed: { record: object } }) => record);
    expect(found).toMatchObject([
      { stream: "canon/owner/third", space: "user", loa: "Operator" },
      { stream: "canon/owner/shelf/second" },
      { stream: "canon/owner/first", loa: "Observer", payload: { title: "On first" } },
    ]);
  }, 60_000);

  test("that is a proof bundle is refused by its name, in whatever form it was written", async () => {
    const { records } = await runtime.json("canon", "list", "--kind", "canon.entry", "--limit", "1");
    const id = records[0].signed.record.id;
    expect(
      (await runtime.cli("canon", "export", id, "--out", at("bundle.json"), "--licence", "root")).code,
    ).toBe(0);
    const bundle = JSON.parse(readFileSync(at("bundle.json"), "utf8"));
    writeFileSync(at("one-line.json"), JSON.stringify(bundle));
    writeFileSync(at("long-line.json"), JSON.stringify({ ...bundle, more: "x".repeat(2 << 20) }));
    for (const name of ["bundle.json", "one-line.json", "long-line.json"]) {
      const refused = await runtime.cli(...importing(name));
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("file-is-bundle")]);
      expect(refused.stderr).toContain("remedy: ");
    }
  }, 60_000);
});
