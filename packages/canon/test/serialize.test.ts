import { fromUtf8 } from "@sigil/crypto";
import { describe, expect, test } from "vitest";
import { withSerialized } from "../src/json/serialize.ts";
import { codeOf, implementations, outcome } from "./implementations.ts";

const KEPT = 16_384;
const SECRET = "the passphrase of a key";
const roomy = { maxBytes: 1_000_000, maxDepth: 512 };

/** The buffer behind the bytes of `value`. */
const bufferOf = (value: unknown, limits = roomy) =>
  withSerialized("", value, limits, ({ buffer }) => buffer as ArrayBuffer);
const textOf = (value: unknown, prefix = "", limits = roomy) =>
  withSerialized(prefix, value, limits, (bytes) => fromUtf8(bytes));
const isWiped = (buffer: ArrayBuffer) => new Uint8Array(buffer).every((byte) => byte === 0);

/** Short strings that take `bytes` bytes of an array, the comma after each among them: each is written by itself. */
function filler(bytes: number): string[] {
  const whole = Math.floor(bytes / 100) - 1;
  return [...Array.from({ length: whole }, () => "f".repeat(97)), "g".repeat(bytes - whole * 100 - 3)];
}

// Everything that is written, each in a way of its own.
const EVERYTHING = [
  ["", "short", 'a"b', "€", "𝄞", "L".repeat(600), "é".repeat(600), `${"m".repeat(600)}\n`],
  [true, false, null, -0, 1.5e-7, 123_456_789],
  { "": {}, a: [], ["n".repeat(33)]: { b: "c" }, "€": [[]] },
];

describe("the serialiser's buffer", () => {
  test("is one of 16 KiB that serves one value after another", () => {
    const buffer = bufferOf({ a: 1 });
    expect(buffer.byteLength).toBe(KEPT);
    expect(bufferOf([2])).toBe(buffer);
    expect(codeOf(() => bufferOf([undefined]))).toBe("undefined-value");
    expect(bufferOf([3])).toBe(buffer);
  });

  test("holds a text of exactly its size, doubles for one more byte, and is kept no larger", () => {
    const buffer = bufferOf(1);
    expect(bufferOf([...filler(KEPT - 3), 1])).toBe(buffer);
    expect(bufferOf([...filler(KEPT - 2), 1]).byteLength).toBe(2 * KEPT);
    expect(bufferOf([...filler(2 * KEPT - 2), 1]).byteLength).toBe(4 * KEPT);
    expect(bufferOf(1).byteLength).toBe(KEPT);
  });

  test("makes room for three bytes a unit of a string of 512 units, and no more than the limit leaves", () => {
    const room = (length: number, maxBytes: number) =>
      bufferOf(["a".repeat(length)], { maxBytes, maxDepth: 1 }).byteLength;
    const short = [...filler(KEPT - 515), "s".repeat(511)];
    expect(bufferOf(short).byteLength).toBe(KEPT);
    expect(bufferOf([...filler(KEPT - 516), "s".repeat(512)]).byteLength).toBe(2 * KEPT);
    expect(room(KEPT - 4, KEPT)).toBe(KEPT);
    expect(room(20_000, 20_004)).toBe(2 * KEPT);
    expect(room(40_000, 40_004)).toBe(40_004);
    expect(room(40_000, 1_000_000)).toBe(2 + 3 * 40_000);
  });

  test("takes each character of one byte that stands for itself as it is", () => {
    const plain = Array.from({ length: 0x60 }, (_, n) => String.fromCharCode(0x20 + n)).join("");
    const value = plain.replace(/["\\]/g, "");
    expect(bufferOf([...filler(KEPT - 4 - value.length), value]).byteLength).toBe(KEPT);
  });

  test("grows under anything that is written, wherever its end is reached", () => {
    const wrong: number[] = [];
    const expected = JSON.stringify(EVERYTHING).slice(1);
    for (let end = KEPT - expected.length - 10; end <= KEPT + 10; end++) {
      const before = filler(end);
      if (textOf([...before, ...EVERYTHING]) !== `${JSON.stringify(before).slice(0, -1)},${expected}`)
        wrong.push(end);
    }
    expect(wrong).toEqual([]);
  });

  test("grows under a prefix", () => {
    for (let length = KEPT - 5; length < KEPT + 5; length++)
      expect(textOf([1], "p".repeat(length)) === `${"p".repeat(length)}[1]`).toBe(true);
  });

  test("is wiped when `use` returns and when it throws, and so is one that was grown", () => {
    const kept = bufferOf(SECRET);
    expect(isWiped(kept)).toBe(true);
    const failing = () =>
      withSerialized("", SECRET, undefined, ({ buffer }) => {
        expect(isWiped(buffer as ArrayBuffer)).toBe(false);
        throw new Error("no use");
      });
    expect(failing).toThrow("no use");
    expect(isWiped(kept)).toBe(true);
    const grown = bufferOf(Array.from({ length: 1000 }, () => SECRET));
    expect(isWiped(grown)).toBe(true);
    expect(isWiped(kept)).toBe(true);
  });

  test.each([
    ["a later value", [SECRET, undefined]],
    ["the end of a string", [`${SECRET}\ud800`]],
    ["the end of a string behind text beyond 16 KiB", [...filler(2 * KEPT), `${SECRET}\ud800`]],
  ])("is wiped when %s is refused", (_, value) => {
    const kept = bufferOf(1);
    expect(() => bufferOf(value)).toThrow(/undefined|surrogate/);
    expect(isWiped(kept)).toBe(true);
  });
});

describe("calls within a call", () => {
  test("`use` may serialise, and has its own bytes still", () => {
    const text = withSerialized("", ["outer"], undefined, (bytes) => {
      expect(textOf({ inner: filler(2 * KEPT) })).toContain("ffff");
      expect(codeOf(() => textOf([undefined]))).toBe("undefined-value");
      return fromUtf8(bytes);
    });
    expect(text).toBe('["outer"]');
  });

  test("an accessor may serialise what is larger, deeper and under another prefix and other limits", () => {
    const inner = [...filler(2 * KEPT), [[["deep"]]]];
    const outer = {
      a: [1, "before"],
      get b() {
        return textOf(inner, "inner\n").length;
      },
      c: [2, "after"],
    };
    const expected = `outer\n${JSON.stringify({ a: outer.a, b: JSON.stringify(inner).length + 6, c: outer.c })}`;
    expect(textOf(outer, "outer\n", { maxBytes: expected.length - 6, maxDepth: 2 })).toBe(expected);
    expect(codeOf(() => textOf(outer, "outer\n", { maxBytes: expected.length - 7, maxDepth: 2 }))).toBe(
      "size-exceeded",
    );
    expect(codeOf(() => textOf(outer, "outer\n", { maxBytes: 1000, maxDepth: 1 }))).toBe("depth-exceeded");
  });

  test("an accessor that serialises and fails leaves the place of the outer value", () => {
    const outer = {
      a: {
        get b() {
          return outcome(() => textOf({ x: { y: { z: undefined } } }));
        },
        c: undefined,
      },
    };
    expect(outcome(() => textOf(outer))).toBe("undefined-value $.a.c");
    const throwing = {
      get a() {
        throw new Error("of the accessor");
      },
    };
    expect(() => textOf([SECRET, throwing])).toThrow("of the accessor");
    expect(isWiped(bufferOf(["fine"]))).toBe(true);
  });
});

const sizes = (unit: string, more: string) =>
  [3, 520, 6000, 17_000].map((length): [string, string] => [
    `${length} × ${JSON.stringify(unit + more)}`,
    unit.repeat(length) + more,
  ]);

describe.each(implementations)("the limit of bytes, $name", ({ canon }) => {
  test.each([
    ...["a", "é", "€", "𝄞", "\n"].flatMap((unit) => [
      ...sizes(unit, ""),
      ...sizes(unit, "€"),
      ...sizes(unit, '"'),
    ]),
  ])("holds to the byte for a string of %s", (_, value) => {
    const expected = JSON.stringify(value);
    const { length } = Buffer.from(expected);
    const limited = (maxBytes: number) => outcome(() => canon.canonicalize(value, { maxBytes }));
    expect(limited(length) === expected).toBe(true);
    for (let less = 1; less <= 8 && less <= length; less++)
      expect(limited(length - less)).toBe("size-exceeded");
  });

  test("holds to the byte wherever the text is cut off", () => {
    const expected = canon.canonicalize(EVERYTHING);
    const { length } = Buffer.from(expected);
    expect(canon.canonicalize(EVERYTHING, { maxBytes: length })).toBe(expected);
    for (let maxBytes = 0; maxBytes < length; maxBytes++)
      expect(codeOf(() => canon.canonicalize(EVERYTHING, { maxBytes }))).toBe("size-exceeded");
  });

  test("comes before any other fault of a value that has no byte left", () => {
    expect(codeOf(() => canon.canonicalize(undefined, { maxBytes: 0 }))).toBe("size-exceeded");
    expect(codeOf(() => canon.canonicalize([undefined], { maxBytes: 1 }))).toBe("size-exceeded");
    expect(codeOf(() => canon.canonicalize([undefined], { maxBytes: 2 }))).toBe("undefined-value");
  });
});
