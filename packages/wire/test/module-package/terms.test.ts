import { describe, expect, test } from "vitest";
import { differences, isOlder, type Terms } from "../../src/module-package/index.ts";

const terms = (capabilities: Terms["capabilities"], limits: object = {}): Terms => ({
  ...{ version: "1.0.0", capabilities, limits },
});
const cap = (name: string, scope: Terms["capabilities"][number]["scope"] = {}) => ({ name, scope });
const told = (before: Terms | undefined, after: Terms) =>
  differences(before, after).map(({ more, text }) => `${more ? "more" : "less"}: ${text}`);

describe("the difference of two versions", () => {
  const list = cap("memory.list");
  const rust = cap("canon.read", { streams: ["canon/rust/*", "canon/go"] });
  const CASES: readonly (readonly [string, Terms | undefined, Terms, string[]])[] = [
    ["is empty for the same", terms([list, rust]), terms([rust, list]), []],
    ["is everything where there was nothing", undefined, terms([list]), ["more: + memory.list"]],
    ["is less where a capability is gone", terms([list]), terms([]), ["less: - memory.list"]],
    ["is less where a scope narrows", terms([cap("canon.read")]), terms([rust]), ["less: - canon.read"]],
    ["is more where a scope falls away", terms([rust]), terms([cap("canon.read")]), ["more: + canon.read"]],
    [
      "is less where a pattern lies within one of before's",
      terms([rust]),
      terms([cap("canon.read", { streams: ["canon/rust/async"] })]),
      ["less: - canon.read (streams canon/rust/*, canon/go)"],
    ],
    [
      "is more where a pattern lies outside",
      terms([cap("canon.read", { streams: ["canon/rust/a"] })]),
      terms([cap("canon.read", { streams: ["canon/rust/*"] })]),
      ["more: + canon.read (streams canon/rust/*)"],
    ],
    [
      "is more where a scope narrows by a field that was not there",
      terms([cap("canon.read", { streams: ["a"] })]),
      terms([cap("canon.read", { kinds: ["a"] })]),
      ["more: + canon.read (kinds a)", "less: - canon.read (streams a)"],
    ],
    [
      "is more where a scope that is not understood changes",
      terms([cap("x", { most: 1 })]),
      terms([cap("x", { most: 2 })]),
      ["more: + x (most 2)", "less: - x (most 1)"],
    ],
    ["is more for a higher limit", terms([]), terms([], { cpuMs: 501 }), ["more: cpuMs 500 → 501"]],
    ["is less for a lower one", terms([], { cpuMs: 900 }), terms([]), ["less: cpuMs 900 → 500"]],
  ];
  test.each(CASES)("%s", (_, before, after, expected) => {
    expect(told(before, after)).toEqual(expected);
  });
});

test("versions come in the order of Semantic Versioning 2.0.0, section 11", () => {
  const order = ["1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2"];
  const rest = ["1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.1", "1.2.0", "1.10.0", "2.0.0"];
  const versions = [...order, ...rest];
  for (const [i, a] of versions.entries())
    for (const [j, b] of versions.entries()) expect([a, b, isOlder(a, b)]).toEqual([a, b, i < j]);
});
