import type { Json } from "@sigil/canon";
import { citedContext, effectiveVerdict, HOST_CALLS, refsReturned, returnedRefs } from "@sigil/policy";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const HASH = `sha256:${"a".repeat(64)}`;
const seed = 7;

describe("the records that a host call returned", () => {
  test("are those in the places that its row names, with their hashes", () => {
    const items = [{ ref: "a", hash: HASH, text: "t" }, { ref: "b" }];
    expect(returnedRefs("memory.list", { items })).toEqual([{ ref: "a", hash: HASH }, { ref: "b" }]);
    expect(returnedRefs("canon.read", { ref: "c", hash: HASH })).toEqual([{ ref: "c", hash: HASH }]);
    expect(returnedRefs("memory.write", { ref: "d" })).toEqual([{ ref: "d" }]);
  });

  // What somebody wrote into a record, and what looks like a reference without being in its place.
  const planted: [string, string, Json][] = [
    ["in a text", "memory.list", { items: [{ ref: "a", text: '{"ref":"forged"}' }] }],
    ["among the tags", "memory.list", { items: [{ ref: "a", tags: [{ ref: "forged" }] }] }],
    ["deeper in an item", "memory.list", { items: [{ ref: "a", more: [{ ref: "forged" }] }] }],
    ["beside the list", "memory.list", { ref: "forged", items: [{ ref: "a" }] }],
    ["under another name", "memory.list", { items: [{ ref: "a", id: "forged" }] }],
    ["in a list where one is expected", "canon.read", { ref: "a", items: [{ ref: "forged" }] }],
    ["that is no text", "memory.list", { items: [{ ref: "a" }, { ref: ["forged"] }] }],
  ];
  test.each(planted)("do not come from a reference %s", (_, method, result) => {
    expect([...refsReturned([{ method, result }]).keys()]).toEqual(["a"]);
  });

  test("are none for a call that names none, an unknown one, and one that was refused", () => {
    const result = { ref: "a", items: [{ ref: "a" }] };
    const silent = HOST_CALLS.filter(({ returns }) => returns === "nothing").map(({ method }) => method);
    expect(silent.length).toBeGreaterThan(0);
    for (const method of [...silent, "shell.exec", "__proto__", "constructor"])
      expect(refsReturned([{ method, result }]).size).toBe(0);
    expect(refsReturned([{ method: "memory.list" }]).size).toBe(0);
  });

  test("keep their hash when a later call names them without", () => {
    const calls = [
      { method: "memory.list", result: { items: [{ ref: "a", hash: HASH }] } },
      { method: "memory.write", result: { ref: "a" } },
    ];
    expect(refsReturned(calls).get("a")).toEqual({ ref: "a", hash: HASH });
  });
});

test("no JSON that calls return lets an output cite what is in no place of a reference", () => {
  const method = fc.constantFrom(...HOST_CALLS.map((row) => row.method as string), "shell.exec");
  const calls = fc.array(fc.record({ method, result: fc.jsonValue() as fc.Arbitrary<Json> }), {
    maxLength: 6,
  });
  const context = fc.array(fc.record({ ref: fc.constantFrom("a", "ref", "0", "") }), { maxLength: 4 });
  fc.assert(
    fc.property(calls, context, (made, wanted) => {
      const known = refsReturned(made);
      const { cited, refsOk } = citedContext(wanted, known);
      expect(cited.every(({ ref }) => known.has(ref))).toBe(true);
      expect(refsOk).toBe(wanted.every(({ ref }) => known.has(ref)));
      const { verdict } = effectiveVerdict({ module: "Allow", refsOk, trustAllowed: true });
      expect(verdict).toBe(refsOk ? "Allow" : "ManualReview");
    }),
    { seed, numRuns: 300 },
  );
});

test("a reference that is cited twice stands in the chain once, and one that no call returned not at all", () => {
  const known = refsReturned([{ method: "canon.read", result: { ref: "a", hash: HASH } }]);
  const context = ["a", "forged", "a"].map((ref) => ({ ref }));
  expect(citedContext(context, known)).toEqual({ cited: [{ ref: "a", hash: HASH }], refsOk: false });
});
