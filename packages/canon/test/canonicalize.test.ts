import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fromHex, toHex } from "@sigil/crypto";
import reference from "canonicalize";
import fc from "fast-check";
import { canonicalize as oracle } from "json-canonicalize";
import { describe, expect, test } from "vitest";
import { parseJson } from "../src/index.ts";
import { codeOf, implementations, outcome } from "./implementations.ts";
import { vectorFolder } from "./vectors.ts";

class Point {
  x = 1;
}
const sparse: unknown[] = [1];
sparse[2] = 3;
const named = Object.assign([1], { extra: 2 });
const cyclic: Record<string, unknown> = {};
cyclic.self = cyclic;

const REFUSED: [string, unknown, string][] = [
  ["NaN", { a: [Number.NaN] }, "number-not-finite $.a[0]"],
  ["Infinity", Number.POSITIVE_INFINITY, "number-not-finite $"],
  ["2^53", { a: 2 ** 53 }, "number-range $.a"],
  ["−2^53", [-(2 ** 53)], "number-range $[0]"],
  ["1e20", 1e20, "number-range $"],
  ["undefined", { a: undefined }, "undefined-value $.a"],
  ["undefined in an array", [undefined], "undefined-value $[0]"],
  ["a function", { f() {} }, "function-value $.f"],
  ["a symbol", [Symbol("s")], "symbol-value $[0]"],
  ["a BigInt", { n: 1n }, "bigint-value $.n"],
  ["a Date", { when: new Date(0) }, "not-plain-object $.when"],
  ["a Map", new Map([["a", 1]]), "not-plain-object $"],
  ["a Set", { s: new Set() }, "not-plain-object $.s"],
  ["bytes", { b: new Uint8Array(2) }, "not-plain-object $.b"],
  ["an instance of a class", [new Point()], "not-plain-object $[0]"],
  ["a boxed string", [new String("a")], "not-plain-object $[0]"],
  ["an object with toJSON", { toJSON: () => 1 }, "function-value $.toJSON"],
  ["a hole", { a: sparse }, "sparse-array $.a[1]"],
  ["an array with a name", named, "array-extra-property $"],
  ["a symbol as key", { a: { [Symbol("k")]: 1 } }, "symbol-key $.a"],
  ["a lone surrogate", { payload: { items: [0, 1, 2, "a\udc00"] } }, "lone-surrogate $.payload.items[3]"],
  ["a lone surrogate in a key", { "\ud800": 1 }, 'lone-surrogate $["\\ud800"]'],
  ["__proto__ as own key", JSON.parse('{"a":{"__proto__":1}}'), "key-forbidden $.a.__proto__"],
  ["constructor", { constructor: 1 }, "key-forbidden $.constructor"],
  ["prototype", [{ prototype: 1 }], "key-forbidden $[0].prototype"],
];

// RFC 8785 appendix B, those that are not integers beyond 2^53 − 1.
const NUMBERS: [string, string][] = [
  ["0000000000000000", "0"],
  ["8000000000000000", "0"],
  ["0000000000000001", "5e-324"],
  ["8000000000000001", "-5e-324"],
  ["7fefffffffffffff", "1.7976931348623157e+308"],
  ["ffefffffffffffff", "-1.7976931348623157e+308"],
  ["44b52d02c7e14af5", "9.999999999999997e+22"],
  ["44b52d02c7e14af6", "1e+23"],
  ["44b52d02c7e14af7", "1.0000000000000001e+23"],
  ["444b1ae4d6e2ef50", "1e+21"],
  ["3eb0c6f7a0b5ed8c", "9.999999999999997e-7"],
  ["3eb0c6f7a0b5ed8d", "0.000001"],
  ["41b3de4355555553", "333333333.3333332"],
  ["41b3de4355555554", "333333333.33333325"],
  ["41b3de4355555555", "333333333.3333333"],
  ["41b3de4355555556", "333333333.3333334"],
  ["41b3de4355555557", "333333333.33333343"],
  ["becbf647612f3696", "-0.0000033333333333333333"],
  ["400921fb54442d18", "3.141592653589793"],
];

const json = fc.jsonValue({ maxDepth: 5 });

describe.each(implementations)("RFC 8785, $name", ({ canon }) => {
  const { canonicalize, canonicalBytes } = canon;

  test("the example of section 3.2.3 sorts by UTF-16 units", () => {
    const value = {
      "\u20ac": "Euro",
      "\r": "CR",
      "\ufb33": "Dalet",
      "1": "One",
      "\ud83d\ude00": "Grin",
      "\u0080": "C",
      ö: "o",
    };
    expect(Object.keys(JSON.parse(canonicalize(value)))).toEqual([
      "1",
      "\r",
      "\u0080",
      "ö",
      "\u20ac",
      "\ud83d\ude00",
      "\ufb33",
    ]);
  });

  test("the example of section 3.2.2", () => {
    const text =
      '{"numbers":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"string":"\\u20ac$\\u000F\\u000aA\'\\u0042\\u0022\\u005c\\\\\\"\\/","literals":[null,true,false]}';
    expect(canonicalize(parseJson(text))).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  test.each(NUMBERS)("the double %s is written %s", (hex, text) => {
    expect(canonicalize(new DataView(fromHex(hex).buffer as ArrayBuffer).getFloat64(0))).toBe(text);
  });

  test.each(REFUSED)("%s is refused by name and place", (_, value, refusal) => {
    expect(outcome(() => canonicalize(value))).toBe(refusal);
    expect(outcome(() => canonicalBytes(value))).toBe(refusal);
  });

  test("depth and size have limits, a cycle ends at one", () => {
    expect(codeOf(() => canonicalize(cyclic))).toBe("depth-exceeded");
    expect(outcome(() => canonicalize([[[]]], { maxDepth: 2 }))).toBe("depth-exceeded $[0][0]");
    expect(canonicalize(["é"], { maxBytes: 6 })).toBe('["é"]');
    expect(codeOf(() => canonicalize(["é"], { maxBytes: 5 }))).toBe("size-exceeded");
  });

  test("a small graph that unfolds into 2^30 values is refused at once", () => {
    let graph: unknown = [];
    for (let i = 0; i < 30; i++) graph = [graph, graph];
    const before = performance.now();
    expect(codeOf(() => canonicalize(graph))).toBe("size-exceeded");
    expect(performance.now() - before).toBeLessThan(2000);
  });

  test("an accessor that answers differently the second time changes nothing", () => {
    let calls = 0;
    const shifty = {
      get a() {
        calls++;
        return calls === 1 ? "first" : new Date();
      },
    };
    expect(canonicalize(shifty)).toBe('{"a":"first"}');
  });

  test("an accessor that canonicalises something else does not disturb the outer text", () => {
    const outer = {
      a: 1,
      get b() {
        return canonicalize({ inner: [outcome(() => canonicalize([undefined]))] });
      },
      c: [2],
    };
    expect(canonicalize(outer)).toBe('{"a":1,"b":"{\\"inner\\":[\\"undefined-value $[0]\\"]}","c":[2]}');
  });

  test("agrees with json-canonicalize and canonicalize on any JSON", () => {
    fc.assert(
      fc.property(json, (value) => {
        const ours = outcome(() => canonicalize(value));
        const refused = /^(number-range|key-forbidden|lone-surrogate) \$/.test(ours);
        expect(ours).toBe(refused ? ours : oracle(value));
        expect(ours).toBe(refused ? ours : reference(value));
      }),
    );
  });

  test("canonicalise ∘ parse is idempotent, and its bytes are its text in UTF-8", () => {
    fc.assert(
      fc.property(json, (value) => {
        const once = outcome(() => canonicalize(value));
        fc.pre(!/^[a-z-]+ \$/.test(once));
        expect(canonicalize(parseJson(once))).toBe(once);
        expect(toHex(canonicalBytes(value))).toBe(Buffer.from(once).toString("hex"));
      }),
    );
  });

  test("the order of keys never matters", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer(), { noNullPrototype: true }), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(outcome(() => canonicalize(reversed))).toBe(outcome(() => canonicalize(value)));
      }),
    );
  });
});

test("both implementations refuse the same inputs by the same code and path", () => {
  const [native, portable] = implementations;
  const nasty = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  fc.assert(
    fc.property(nasty, (value) => {
      expect(outcome(() => portable.canon.canonicalize(value))).toBe(
        outcome(() => native.canon.canonicalize(value)),
      );
    }),
    { numRuns: 500 },
  );
});

const folder = vectorFolder("jcs");
describe.runIf(folder !== undefined)("the public RFC 8785 vectors", () => {
  const names = folder === undefined ? [] : readdirSync(join(folder, "input"));
  test.each(names)("%s", (name) => {
    const input = readFileSync(join(folder as string, "input", name));
    const output = readFileSync(join(folder as string, "output", name));
    const hex = readFileSync(join(folder as string, "outhex", name.replace(".json", ".txt")), "utf8").replace(
      /\s/g,
      "",
    );
    for (const { canon } of implementations) {
      const bytes = canon.canonicalBytes(parseJson(input));
      expect(toHex(bytes)).toBe(output.toString("hex"));
      expect(toHex(bytes)).toBe(hex);
    }
  });
});
