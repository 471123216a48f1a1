import reference from "canonicalize";
import fc from "fast-check";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { implementations, outcome } from "./implementations.ts";

// Around the length from which on a string is looked at by the engine and not unit by unit.
const LENGTHS = [1, 2, 31, 32, 33, 255, 510, 511, 512, 513, 1024];
const isSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;
const NAMES = fc.string({ unit: "binary", maxLength: 40 });

// Values whose refusal comes after deeper values: what stands behind the place must not be in its path.
const DEEP = { x: [{ y: [1, 2] }] };
const holes: unknown[] = [DEEP, DEEP];
delete holes[1];
class Doctored extends Array {}
Object.defineProperty(Doctored.prototype, 1, { value: 5 });
const filled = new Doctored(2);
filled[0] = 1;

const REFUSED: [string, unknown, string][] = [
  ["a lone surrogate", [DEEP, "\ud800"], "lone-surrogate $[1]"],
  ["a lone surrogate in a long string", [DEEP, `${"a".repeat(600)}\udfff`], "lone-surrogate $[1]"],
  ["infinity", [DEEP, Number.NEGATIVE_INFINITY], "number-not-finite $[1]"],
  ["an integer beyond 2^53", [DEEP, 2 ** 53], "number-range $[1]"],
  ["a deep array", [DEEP, [[[[[[]]]]]]], "depth-exceeded $[1][0][0][0][0][0]"],
  ["a deep object", [DEEP, { a: { b: { c: { d: { e: {} } } } } }], "depth-exceeded $[1].a.b.c.d.e"],
  ["a hole", holes, "sparse-array $[1]"],
  ["a hole that a prototype fills", [DEEP, filled], "array-extra-property $[1]"],
  ["a named property", [DEEP, Object.assign([DEEP], { a: 1 })], "array-extra-property $[1]"],
  ["a key that is forbidden", [DEEP, { constructor: 1 }], "key-forbidden $[1].constructor"],
  ["a lone surrogate in a key", [DEEP, { "\udc00": 1 }], 'lone-surrogate $[1]["\\udc00"]'],
  ["a class", [DEEP, new Map()], "not-plain-object $[1]"],
  ["a symbol as key", [DEEP, { [Symbol("s")]: 1 }], "symbol-key $[1]"],
  ["undefined", { a: DEEP, b: undefined }, "undefined-value $.b"],
  ["a function", [DEEP, () => 1], "function-value $[1]"],
];

describe.each(implementations)("the text of a value, $name", ({ canon }) => {
  const { canonicalize } = canon;

  test("each UTF-16 unit, and in a long string too, is as ECMAScript writes it", () => {
    const wrong: number[] = [];
    const long = "l".repeat(600);
    for (let unit = 0; unit <= 0xffff; unit++) {
      if (isSurrogate(unit)) continue;
      const value = String.fromCharCode(unit);
      if (canonicalize(value) !== JSON.stringify(value)) wrong.push(unit);
      if (unit < 0x100 || unit % 0x3f === 0 || (unit & 0x3ff) === 0x3ff) {
        if (canonicalize(long + value) !== JSON.stringify(long + value)) wrong.push(unit);
      }
    }
    expect(wrong).toEqual([]);
  });

  test("a lone surrogate is refused and a pair is written, wherever it stands in a string of any length", () => {
    for (const length of LENGTHS) {
      for (const at of [0, length >> 1, length - 1]) {
        const around = (middle: string) => `${"a".repeat(at)}${middle}${"b".repeat(length - 1 - at)}`;
        for (const middle of [
          "𝄞",
          "\u{10ffff}",
          "\u{10000}",
          "\ud7ff",
          "\ue000",
          "\uffff",
          "é",
          '"',
          "\\",
          "\u001f",
          "\u007f",
        ])
          expect(canonicalize(around(middle))).toBe(JSON.stringify(around(middle)));
        for (const middle of ["\ud800", "\udbff", "\udc00", "\udfff", "\udc00\ud800"])
          expect(outcome(() => canonicalize(around(middle)))).toBe("lone-surrogate $");
      }
    }
  });

  test("any strings and names, twice, are as the reference writes them", () => {
    fc.assert(
      fc.property(fc.dictionary(NAMES, fc.string({ unit: "binary" })), (value) => {
        const once = outcome(() => canonicalize(value));
        expect(outcome(() => canonicalize(value))).toBe(once);
        const isRefused = /^(key-forbidden|lone-surrogate) \$/.test(once);
        expect(once).toBe(isRefused ? once : reference(value));
      }),
    );
  });

  test("names that begin alike, end alike or are as long are told apart", () => {
    const bases = [
      "",
      "n",
      "\u001f",
      "é",
      "€",
      "𝄞",
      '"',
      "\\",
      "n".repeat(31),
      "n".repeat(32),
      "n".repeat(33),
    ];
    const names = bases.flatMap((base) => ["", "a", "b", '"', "\\", "\n", "é", "𝄞"].map((end) => base + end));
    for (let round = 0; round < 2; round++) {
      for (const name of names) expect(canonicalize({ [name]: name })).toBe(reference({ [name]: name }));
      const all = Object.fromEntries(names.map((name, n) => [name, n]));
      expect(canonicalize(all)).toBe(reference(all));
    }
  });

  test("keys are sorted whatever their number and order, integers among them", () => {
    for (let count = 0; count <= 70; count++) {
      const keys = Array.from({ length: count }, (_, n) => (n % 3 === 0 ? `${n * 7}` : `k${(n * 37) % 71}`));
      const value = Object.fromEntries(keys.map((key, n) => [key, n]));
      expect(canonicalize(value)).toBe(reference(value));
    }
  });

  test("any double is as the reference writes it, unless it is an integer beyond 2^53 − 1 without exponent", () => {
    const check = (value: number) => {
      const isInexact = Number.isInteger(value) && Math.abs(value) >= 2 ** 53 && Math.abs(value) < 1e21;
      expect(outcome(() => canonicalize(value))).toBe(isInexact ? "number-range $" : `${reference(value)}`);
    };
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), check));
    for (const edge of [2 ** 53 - 1, 2 ** 53, 1e21, 999_999_999_999_999_900_000, 1e-6, 1e-7, 0, -0, 0.1]) {
      check(edge);
      check(-edge);
    }
  });

  test.each(REFUSED)("%s is refused at its place and not deeper", (_, value, refusal) => {
    expect(outcome(() => canonicalize(value, { maxDepth: 6 }))).toBe(refusal);
  });

  test("as deep as the limit passes, and no deeper, in arrays and in objects", () => {
    const nested = { array: [[]], object: { a: {} } };
    for (const value of [nested.array, nested.object]) {
      expect(canonicalize(value, { maxDepth: 2 })).toBe(JSON.stringify(value));
      expect(outcome(() => canonicalize(value, { maxDepth: 1 }))).toMatch(/^depth-exceeded \$(\[0\]|\.a)$/);
      expect(outcome(() => canonicalize(value, { maxDepth: 0 }))).toBe("depth-exceeded $");
    }
    expect(canonicalize(1, { maxDepth: 0 })).toBe("1");
  });

  test("an object without a prototype is plain, one with another's is not", () => {
    expect(canonicalize(Object.assign(Object.create(null), { b: 1, a: 2 }))).toBe('{"a":2,"b":1}');
    expect(outcome(() => canonicalize(Object.create({ a: 1 })))).toBe("not-plain-object $");
  });
});

describe("what the serialiser remembers of names", () => {
  /** A serialiser that has seen nothing yet, and what each value that it writes makes it keep: names, or forms by first name. */
  async function fresh() {
    vi.resetModules();
    const { serialize } = await import("../src/json/serialize.ts");
    const set = vi.spyOn(Map.prototype, "set");
    onTestFinished(() => set.mockRestore());
    return (value: Record<string, unknown>) => {
      set.mockClear();
      expect(serialize(value, { maxBytes: 1_000_000 }) === reference(value)).toBe(true);
      const of = (isForm: boolean) =>
        set.mock.calls.filter(([, kept]) => Array.isArray(kept) === isForm).map(([name]) => name);
      return { names: of(false), forms: of(true) };
    };
  }
  const named = (...names: string[]) => Object.fromEntries(names.map((name, n) => [name, n]));

  test("is the first 512 names of at most 32 units", async () => {
    const write = await fresh();
    const ordinary = Array.from({ length: 600 }, (_, n) => `field-${String(n).padStart(3, "0")}`);
    expect(write(named("n".repeat(32), "n".repeat(33))).names).toEqual(["n".repeat(32)]);
    expect(write(named("n".repeat(32))).names).toEqual([]);
    expect(write(named(...ordinary)).names).toEqual(ordinary.slice(0, 511));
    expect(write(named(...ordinary)).names).toEqual([]);
  });

  test("is the forms of objects of at most 32 names, each of which is kept, once they were written whole", async () => {
    const write = await fresh();
    const many = Array.from({ length: 33 }, (_, n) => `m${n}`);
    expect(write(named(...many)).forms).toEqual([]);
    expect(write(named(...many.slice(1))).forms).toEqual(["m1"]);
    expect(write(named(...many.slice(1))).forms).toEqual([]);
    expect(write(named("a", "n".repeat(33))).forms).toEqual([]);
    expect(write({}).forms).toEqual([]);
    expect(() => write({ b: 1, a: undefined })).toThrow("$.a: undefined");
    expect(write(named("b", "a")).forms).toEqual(["b"]);
    expect(write(named("b", "a")).forms).toEqual([]);
  });

  test("is 8 forms of one first name and 256 in all", async () => {
    const write = await fresh();
    const alike = (first: string) =>
      Array.from({ length: 9 }, (_, n) => write(named(first, `second-${n}`)).forms.length);
    expect(alike("first")).toEqual([1, 1, 1, 1, 1, 1, 1, 1, 0]);
    for (let n = 0; n < 31; n++) alike(`first-${n}`);
    expect(write(named("another")).forms).toEqual([]);
    expect(write(named("first", "second-0")).forms).toEqual([]);
  });

  test("never mixes up objects with other names, in another order or of another number", async () => {
    const write = await fresh();
    const orders = [
      ["a"],
      ["a", "b"],
      ["a", "c"],
      ["a", "b", "c"],
      ["a", "c", "b"],
      ["b", "a"],
      ["c", "b", "a"],
    ];
    for (const names of [...orders, ...orders]) write(named(...names));
    for (const names of [...orders].reverse()) expect(write(named(...names)).forms).toEqual([]);
  });
});
