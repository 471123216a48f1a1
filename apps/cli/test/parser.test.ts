import { actionRow } from "@sigil/policy";
import { describe, expect, test } from "vitest";
import { program, requireMapped } from "../src/app.ts";
import { allCommands } from "../src/commands/index.ts";
import { type Command, GROUPS, type Input } from "../src/domain/command.ts";
import type { Needs } from "../src/domain/needs.ts";
import { codeOf } from "./place.ts";

// No command is run here, so none of the machine is needed: a command that touched it while parsing would throw.
const untouched = new Proxy({} as Needs, {
  get: (_, name) => () => {
    throw new Error(`parsing reached for ${String(name)}`);
  },
});
const all = allCommands(untouched, untouched);

async function parse(...words: string[]): Promise<{ command: Command; input: Input }> {
  let found: { command: Command; input: Input } | undefined;
  const parser = program(all, "0", async (command, input) => {
    found = { command, input };
  });
  await parser.parseAsync(words, { from: "user" });
  if (found === undefined) throw new Error("no command was called");
  return found;
}

describe("the commands", () => {
  test("every command of the spine is there", () => {
    const paths = all.map(({ path }) => path);
    for (const path of [
      "start",
      "demo",
      "status",
      "module run",
      "module list",
      "memory write",
      "memory list",
      "memory get",
    ])
      expect(paths).toContain(path);
    for (const path of [
      "canon get",
      "canon list",
      "canon verify",
      "canon export",
      "canon trust",
      "verify",
      "doctor",
    ])
      expect(paths).toContain(path);
    for (const path of ["license show", "license issue", "key list", "config show"])
      expect(paths).toContain(path);
    expect(new Set(paths).size).toBe(paths.length);
  });

  test.each(all.map((command) => [command.path, command] as const))(
    "%s maps to one row of the action table that a caller can take",
    (_, command) => {
      expect(actionRow(command.action).least).not.toBe("service");
    },
  );

  test("what asks the door needs a licence, what stays here needs none", () => {
    const least = Object.fromEntries(all.map(({ path, action }) => [path, actionRow(action).least]));
    expect(least).toMatchObject({
      start: "none",
      demo: "none",
      status: "none",
      verify: "none",
      doctor: "none",
      "key list": "none",
      "memory write": "Operator",
      "memory list": "Observer",
      "module run": "Operator",
      "canon export": "Mentor",
      "license issue": "Root",
    });
  });

  test.each(["memory.wirte", "store.append", ""])("a command mapped to %j does not parse", async (action) => {
    expect(await codeOf(() => requireMapped({ path: "x", action }))).toBe("command-unmapped");
    const [first] = all;
    if (first === undefined) throw new Error("no commands");
    expect(await codeOf(() => program([{ ...first, action }], "0", async () => undefined))).toBe(
      "command-unmapped",
    );
  });
});

describe("the words of a call", () => {
  test("arguments, options and flags reach the command by name", async () => {
    const { command, input } = await parse(
      "memory",
      "write",
      "a note",
      "--tag",
      "x",
      "--tag",
      "y",
      "--shared",
      "--loa",
      "Observer",
    );
    expect(command.path).toBe("memory write");
    expect(input.argument("text")).toBe("a note");
    expect(input.repeated("tag")).toEqual(["x", "y"]);
    expect(input.flag("shared")).toBe(true);
    expect(input.option("loa")).toBe("Observer");
  });

  test("global options count before and after the command, and every --set is kept in order", async () => {
    const { input } = await parse(
      "--set",
      "mmf.port=1",
      "status",
      "--json",
      "--home",
      "/h",
      "--set",
      "mmf.port=2",
    );
    expect(input.settings).toEqual({
      json: true,
      home: "/h",
      set: ["mmf.port=1", "mmf.port=2"],
      licence: undefined,
    });
  });

  test("the rest of the words are one list", async () => {
    const { input } = await parse("canon", "export", "a", "b", "c", "--out", "f");
    expect(input.rest("ids")).toEqual(["a", "b", "c"]);
  });

  test.each([
    ["an unknown command", ["memory", "wirte"]],
    ["an unknown option", ["status", "--verbose"]],
    ["a missing argument", ["memory", "get"]],
    ["one argument too many", ["memory", "get", "a", "b"]],
    ["a choice that is not one", ["memory", "write", "x", "--kind", "vague"]],
  ])("%s is a usage error before anything runs", async (_, words) => {
    await expect(parse(...words)).rejects.toMatchObject({ exitCode: 1 });
  });

  const hyphened = [`-${"k".repeat(42)}`, `--${"k".repeat(41)}`];
  test.each(hyphened)("the key id %j is a value wherever one is asked for, and no option", async (kid) => {
    const revoke = ["client-key", "revoke"];
    for (const words of [
      [...revoke, kid, "--reason", "lost"],
      [...revoke, "--reason", "lost", kid],
      [...revoke, "--reason", "lost", "--", kid],
      ["client-key", "rotate", kid],
      ["issuer", "retire", kid],
    ])
      expect((await parse(...words)).input.argument("kid")).toBe(kid);
    for (const bound of [["--bind-key", kid], [`--bind-key=${kid}`]])
      expect((await parse("license", "issue", ...bound)).input.option("bindKey")).toBe(kid);
    await expect(parse("client-key", "list", kid)).rejects.toMatchObject({
      exitCode: 1,
      message: expect.not.stringContaining("\0"),
    });
    await expect(parse("key", "rotate", kid)).rejects.toMatchObject({
      message: expect.not.stringContaining("\0"),
    });
  });

  test("what is shorter or longer than a key id and begins with a hyphen stays an option", async () => {
    for (const word of [`-${"k".repeat(41)}`, `-${"k".repeat(43)}`])
      await expect(parse("client-key", "revoke", word, "--reason", "x")).rejects.toMatchObject({
        code: "commander.unknownOption",
      });
  });

  test.each(["0", "201", "x", "1.5", "-1", "1e2", ""])("--limit %j is argument-invalid", async (limit) => {
    const { input } = await parse("memory", "list", `--limit=${limit}`);
    expect(await codeOf(() => input.count("limit", 1, 200))).toBe("argument-invalid");
  });

  test("a limit inside its bounds is a number", async () => {
    const { input } = await parse("memory", "list", "--limit", "200");
    expect(input.count("limit", 1, 200)).toBe(200);
  });
});

describe("every example in the help", () => {
  test.each(all.map((command) => [command.path, command] as const))(
    "of %s is a call of it",
    async (path, { examples }) => {
      for (const example of examples) {
        const words = [...example.matchAll(/'([^']*)'|(\S+)/g)].map(
          ([, quoted, plain]) => quoted ?? plain ?? "",
        );
        expect((await parse(...words)).command.path).toBe(path);
      }
    },
  );
});

describe("the help", () => {
  test("names every command and every exit code", () => {
    const text = program(all, "0", async () => undefined);
    let printed = "";
    text.configureOutput({
      writeOut: (chunk) => {
        printed += chunk;
      },
    });
    text.outputHelp();
    for (const { path, summary } of all)
      expect(printed).toMatch(
        new RegExp(`^  ${path} +${summary.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")}$`, "m"),
      );
    for (const group of GROUPS) expect(printed).toContain(`\n${group}:\n`);
    for (const code of ["0", "1", "2", "3", "130"])
      expect(printed).toMatch(new RegExp(`^  ${code} +\\w`, "m"));
  });
});
