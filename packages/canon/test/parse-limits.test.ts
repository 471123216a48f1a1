import { utf8 } from "@sigil/crypto";
import { describe, expect, test } from "vitest";
import { parseJson } from "../src/index.ts";
import { codeOf, outcome } from "./implementations.ts";
import { said } from "./said.ts";

// The first and the last character of each length in UTF-8, and a pair.
const EDGES = [
  "\u007f",
  "\u0080",
  "\u07ff",
  "\u0800",
  "\ud7ff",
  "\ue000",
  "\uffff",
  "\u{10000}",
  "\u{10ffff}",
];

describe("the limits of parseJson", () => {
  test.each(EDGES)("a text with %j is counted in UTF-8 bytes, as text and as bytes", (edge) => {
    for (const text of [`"${edge}"`, `["${edge}${edge}", "a${edge}"]`, `{"${edge}":"é${edge}€"}`]) {
      const { length } = Buffer.from(text);
      expect(parseJson(text, { maxBytes: length })).toEqual(JSON.parse(text));
      expect(parseJson(utf8(text), { maxBytes: length })).toEqual(JSON.parse(text));
      expect(codeOf(() => parseJson(text, { maxBytes: length - 1 }))).toBe("size-exceeded");
      expect(codeOf(() => parseJson(utf8(text), { maxBytes: length - 1 }))).toBe("size-exceeded");
    }
  });

  test("are non-negative integers, the depth 512 at most, and 65536 bytes and 32 containers unless given", () => {
    const nested = (depth: number) => "[".repeat(depth) + "]".repeat(depth);
    expect(parseJson(nested(512), { maxDepth: 512 })).toBeDefined();
    expect(parseJson("1", { maxDepth: 0 })).toBe(1);
    expect(codeOf(() => parseJson("1", { maxBytes: 0 }))).toBe("size-exceeded");
    expect(parseJson(`"${"a".repeat(65_534)}"`)).toHaveLength(65_534);
    expect(codeOf(() => parseJson(`"${"a".repeat(65_535)}"`))).toBe("size-exceeded");
    for (const limits of [{ maxDepth: 513 }, { maxDepth: 1.5 }, { maxDepth: -1 }, { maxDepth: Number.NaN }])
      expect(said(() => parseJson("1", limits))).toBe(
        `limit-out-of-range: maxDepth is ${limits.maxDepth}; give an integer from 0 to 512`,
      );
    for (const limits of [{ maxBytes: -1 }, { maxBytes: 2 ** 53 }, { maxBytes: 0.5 }])
      expect(said(() => parseJson("1", limits))).toBe(
        `limit-out-of-range: maxBytes is ${limits.maxBytes}; give a non-negative integer`,
      );
  });
});

describe("the place of a refusal", () => {
  const DEEP = '{"x":[{"y":[1,2]}]}';

  test.each([
    [`[${DEEP},]`, "json-syntax $[1]"],
    [`[${DEEP} 1]`, "json-syntax $"],
    [`{"a":${DEEP} "b":1}`, "json-syntax $"],
    [`{"a":${DEEP},1}`, "json-syntax $"],
    [`{"a":${DEEP},"b" 1}`, "json-syntax $.b"],
    [`{"a":${DEEP},"b":x}`, "json-syntax $.b"],
    [`[${DEEP},tru]`, "json-syntax $[1]"],
    [`[${DEEP},"\\x"]`, "json-syntax $[1]"],
    [`[${DEEP},"\n"]`, "json-syntax $[1]"],
    [`[${DEEP},1.]`, "json-syntax $[1]"],
    [`[${DEEP},-]`, "json-syntax $[1]"],
    [`[${DEEP},"\ud800"]`, "lone-surrogate $[1]"],
    [`[${DEEP},"\\udc00"]`, "lone-surrogate $[1]"],
    [`[${DEEP},1e400]`, "number-not-finite $[1]"],
    [`[${DEEP},9007199254740992]`, "number-range $[1]"],
    [`[${DEEP},1e20]`, "number-range $[1]"],
    [`[${DEEP},1e-400]`, "number-underflow $[1]"],
    [`{"a":${DEEP},"constructor":1}`, "key-forbidden $.constructor"],
    [`{"a":${DEEP},"a":1}`, "json-duplicate-key $.a"],
    [`[${DEEP},[[[[[]]]]]]`, "depth-exceeded $[1][0][0][0][0]"],
    [`[${DEEP},{"a":{"b":{"c":{"d":{}}}}}]`, "depth-exceeded $[1].a.b.c.d"],
    [`${DEEP} 1`, "json-syntax $"],
    ['{"_a1":{"1a":{"a-b":{"":x}}}}', 'json-syntax $._a1["1a"]["a-b"][""]'],
    ['{"A":{"Zz09_":x}}', "json-syntax $.A.Zz09_"],
  ])("%j: %s", (text, refusal) => {
    expect(outcome(() => parseJson(text, { maxDepth: 5 }))).toBe(refusal);
  });
});

test("each escape is read, in any case, and nothing else behind a backslash", () => {
  for (let unit = 0; unit < 0x100; unit++) {
    const text = `"${String.fromCharCode(0x5c, unit)}0041"`;
    const known = '"\\/bfnrtu'.includes(String.fromCharCode(unit));
    expect(codeOf(() => parseJson(text)) === "json-syntax").toBe(!known);
  }
  expect(parseJson('"a\\u00e9\\u00E9\\uABCD\\uabcdb"')).toBe("aéé\uabcd\uabcdb");
  for (const bad of ["\\u 041", "\\u004", "\\u004g", "\\ug041", "\\u00-1", "\\u+041", "\\U0041", "\\"])
    expect(codeOf(() => parseJson(`"${bad}"`))).toBe("json-syntax");
});

test("a raw character is read or refused by what it is, beside an escape and without one", () => {
  for (let unit = 0; unit < 0x80; unit++) {
    if (unit === 0x22 || unit === 0x5c) continue;
    const raw = String.fromCharCode(unit);
    for (const [text, value] of [
      [`"${raw}"`, raw],
      [`"\\n${raw}"`, `\n${raw}`],
    ] as const)
      expect(outcome(() => parseJson(text))).toBe(unit < 0x20 ? "json-syntax $" : value);
  }
});

test("what follows a number, a word or a space is not taken for a part of it", () => {
  for (let unit = 0; unit < 0x80; unit++) {
    const after = String.fromCharCode(unit);
    const space = " \n\r\t".includes(after);
    expect(outcome(() => parseJson(`true${after}`))).toBe(space ? true : "json-syntax $");
    expect(outcome(() => parseJson(`${after}null`))).toBe(space ? null : "json-syntax $");
    const digit = unit >= 0x30 && unit <= 0x39;
    expect(outcome(() => parseJson(`1${after}`))).toBe(
      space ? 1 : digit ? Number(`1${after}`) : "json-syntax $",
    );
    expect(outcome(() => parseJson(`1.5${after}`))).toBe(
      space ? 1.5 : digit ? Number(`1.5${after}`) : "json-syntax $",
    );
    expect(outcome(() => parseJson(`1e${after}`))).toBe(digit ? Number(`1e${after}`) : "json-syntax $");
  }
  for (const zero of ["0e0", "-0e5", "0.0", "-0.00e-999", "0e999"])
    expect(parseJson(zero)).toBe(Number(zero));
  for (const small of ["1e-324", "-1e-400", "0.01e-400", "5e-324", "-0.09e-330"])
    expect(outcome(() => parseJson(small))).toBe(Number(small) === 0 ? "number-underflow $" : Number(small));
});
