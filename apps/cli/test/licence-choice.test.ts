import type { Loa } from "@sigil/policy";
import { describe, expect, test } from "vitest";
import { chooseLicence, type Licence } from "../src/domain/licence-choice.ts";
import { keeping } from "../src/domain/licence-keeping.ts";
import { codeOf } from "./place.ts";

const now = new Date("2026-11-22T12:00:00Z");
const seconds = now.getTime() / 1000;

function licence(name: string, loa: Loa, more: Partial<Licence["claims"]> = {}): Licence {
  const claims = {
    sub: "owner",
    loa,
    scope: ["*"],
    nbf: seconds - 10,
    exp: seconds + 1000,
    serial: 1,
    jti: name,
    ...more,
  };
  return { name, token: `${name}.token.x`, claims };
}

const operator = licence("operator", "Operator");
const root = licence("root", "Root");

describe("the licence for an action", () => {
  test.each([
    ["memory.read", "operator"],
    ["memory.write", "operator"],
    ["module.run", "operator"],
    ["canon.export", "root"],
    ["license.issue", "root"],
  ])("%s takes the least level that suffices: %s", (action, name) => {
    expect(chooseLicence([root, operator], action, now)?.name).toBe(name);
  });

  test("an action that needs no licence gets none, though there is one", () => {
    expect(chooseLicence([root, operator], "health.read", now)).toBeUndefined();
    expect(chooseLicence([root, operator], "local.run", now)).toBeUndefined();
  });

  test("one that is expired, not yet valid or out of scope is passed over for a higher one", () => {
    for (const claims of [{ exp: seconds }, { nbf: seconds + 1 }, { scope: ["memory.read", "canon.*"] }])
      expect(chooseLicence([licence("low", "Operator", claims), root], "memory.write", now)?.name).toBe(
        "root",
      );
  });

  test("of two of one level the one that lives longer is taken", () => {
    const longer = licence("longer", "Operator", { exp: seconds + 5000 });
    expect(chooseLicence([operator, longer], "memory.write", now)?.name).toBe("longer");
  });

  test("when none fits, the refusal says why for each", () => {
    expect(() =>
      chooseLicence([operator, licence("old", "Root", { exp: seconds - 1 })], "license.issue", now),
    ).toThrow(/operator has level Operator; old expired at 2026-11-22T11:59:59/);
    expect(() => chooseLicence([], "memory.read", now)).toThrow(/level Observer.*no licence in the home/);
  });
});

describe("keeping a new licence", () => {
  test("a principal that has none in the home renews nothing", () => {
    expect(keeping([], "reader", "Observer", undefined)).toEqual({
      out: undefined,
      renews: undefined,
      supersedes: [],
    });
  });

  test("the highest is renewed, and all of the principal's are superseded", () => {
    expect(keeping([operator, root], "owner", "Root", undefined)).toMatchObject({
      renews: "root",
      supersedes: ["operator", "root"],
    });
  });

  test("a lower level that would take the higher one away is refused", async () => {
    expect(await codeOf(() => keeping([operator, root], "owner", "Operator", undefined))).toBe(
      "licence-would-supersede",
    );
  });
});
