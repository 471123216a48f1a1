import { describe, expect, it } from "vitest";
import { readArguments } from "../src/arguments.ts";
import { resolveHome } from "../src/home.ts";

describe("the home", () => {
  it.each([
    ["SIGIL_HOME", { SIGIL_HOME: "/srv/sigil", HOME: "/home/a" }, "linux", "/srv/sigil"],
    ["XDG_DATA_HOME on Linux", { XDG_DATA_HOME: "/xdg", HOME: "/home/a" }, "linux", "/xdg/sigil"],
    ["the user's data folder on Linux", { HOME: "/home/a" }, "linux", "/home/a/.local/share/sigil"],
    [
      "a relative XDG_DATA_HOME ignored",
      { XDG_DATA_HOME: "x", HOME: "/home/a" },
      "linux",
      "/home/a/.local/share/sigil",
    ],
    [
      "Application Support on macOS",
      { HOME: "/Users/a" },
      "darwin",
      "/Users/a/Library/Application Support/Sigil",
    ],
  ] as const)("is %s", (_, env, platform, home) => {
    expect(resolveHome(env, platform)).toBe(home);
  });
  it("is refused as home-unknown when the environment names no folder", () => {
    expect(() => resolveHome({}, "linux")).toThrow(expect.objectContaining({ code: "home-unknown" }));
  });
});

describe("the command line of a service", () => {
  const commands = { serve: {}, verify: { data: "string", keyless: "boolean" } } as const;
  it("is a command, a home, settings and the command's own options", () => {
    const read = readArguments(
      ["verify", "--home", "/h", "--set", "log.level=warn", "--set", "mmf.port=1", "--keyless"],
      commands,
    );
    expect(read).toEqual({
      command: "verify",
      home: "/h",
      set: ["log.level=warn", "mmf.port=1"],
      options: { keyless: true },
    });
  });
  it("takes the home of the environment when none is given", () => {
    expect(readArguments(["serve"], commands, { SIGIL_HOME: "/h" })).toMatchObject({ home: "/h", set: [] });
  });
  it.each([
    [[]],
    [["destroy"]],
    [["serve", "--data", "x"]],
    [["serve", "extra"]],
    [["serve", "--home"]],
    [["constructor"]],
  ])("refuses %j as arguments-invalid", (argv) => {
    expect(() => readArguments(argv, commands, { HOME: "/home/a" })).toThrow(
      expect.objectContaining({ code: "arguments-invalid" }),
    );
  });
});
