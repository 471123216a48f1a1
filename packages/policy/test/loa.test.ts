import { compareLoa, isLoa, LOA, type Loa, minLoa, scopeAllows } from "@sigil/policy";
import { describe, expect, test } from "vitest";
import { codeOf } from "./code.ts";

describe("levels of access", () => {
  test("are totally ordered from Guest to Root", () => {
    expect(LOA).toEqual(["Guest", "Observer", "Operator", "Mentor", "Root"]);
    expect([...LOA].reverse().toSorted(compareLoa)).toEqual(LOA);
  });

  test("of a chain are its lowest", () => {
    expect(minLoa("Root")).toBe("Root");
    expect(minLoa("Root", "Observer", "Mentor")).toBe("Observer");
  });

  test("that do not exist are refused, not compared", () => {
    for (const name of ["root", "Root ", "", "Admin", "__proto__"]) {
      expect(isLoa(name)).toBe(false);
      expect(
        codeOf(() => compareLoa(name as Loa, "Guest")),
        name,
      ).toBe("level-unknown");
      expect(
        codeOf(() => minLoa(name as Loa)),
        name,
      ).toBe("level-unknown");
    }
  });
});

describe("a scope", () => {
  test("covers everything by *, an object by object.*, an action by its name", () => {
    expect(scopeAllows(["*"], "memory.write")).toBe(true);
    expect(scopeAllows(["memory.*"], "memory.write")).toBe(true);
    expect(scopeAllows(["canon.read", "memory.write"], "memory.write")).toBe(true);
  });

  test("covers nothing else", () => {
    for (const pattern of ["memory.*", "memory.write"])
      expect(scopeAllows([pattern], "memoryx.write")).toBe(false);
    for (const pattern of [
      "mem*",
      "*.write",
      "memory.",
      "memory",
      "memory.w*",
      "**",
      "",
      "MEMORY.*",
      ".*",
      "memory.write ",
    ]) {
      expect(scopeAllows([pattern], "memory.write"), pattern).toBe(false);
    }
    expect(scopeAllows([], "memory.write")).toBe(false);
    expect(scopeAllows([".*"], "memory")).toBe(false);
  });
});
