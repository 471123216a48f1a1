import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  concatBytes,
  equalBytes,
  fromBase64,
  fromBase64url,
  fromHex,
  fromUtf8,
  toBase64,
  toBase64url,
  toHex,
  utf8,
} from "../src/index.ts";
import { codeOf, outcome } from "./implementations.ts";

const anyBytes = fc.uint8Array({ maxLength: 200 });

describe("spellings of bytes", () => {
  test("hexadecimal, base64 and base64url are those of Node, and read back", () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const node = Buffer.from(bytes);
        expect(toHex(bytes)).toBe(node.toString("hex"));
        expect(toBase64(bytes)).toBe(node.toString("base64"));
        expect(toBase64url(bytes)).toBe(node.toString("base64url"));
        expect(fromHex(toHex(bytes))).toEqual(bytes);
        expect(fromBase64(toBase64(bytes))).toEqual(bytes);
        expect(fromBase64url(toBase64url(bytes))).toEqual(bytes);
      }),
    );
  });

  test("a byte string has one spelling: what decodes encodes to the same text", () => {
    const letters = fc.string({ unit: fc.constantFrom(..."AQgwZz09+/-_=".split("")), maxLength: 8 });
    fc.assert(
      fc.property(letters, (text) => {
        for (const [decode, encode] of [
          [fromBase64, toBase64],
          [fromBase64url, toBase64url],
        ] as const) {
          const decoded = outcome(() => decode(text));
          expect(typeof decoded === "string" ? text : encode(decoded)).toBe(text);
        }
      }),
    );
  });

  test.each(["A", "AB", "AAA=", "AA==", "AA ", "A+8", "A/8", "AA\n", "AÄA"])(
    "base64url %j is refused",
    (text) => {
      expect(codeOf(() => fromBase64url(text))).toBe("base64url-malformed");
    },
  );

  test.each(["AA", "AAA", "AB==", "AAB=", "AA=A", "====", "A===", "A-8=", "AA==\n", " AA=="])(
    "base64 %j is refused",
    (text) => {
      expect(codeOf(() => fromBase64(text))).toBe("base64-malformed");
    },
  );

  test.each(["a", "AB", "0g", " a", "0x"])("hexadecimal %j is refused", (text) => {
    expect(codeOf(() => fromHex(text))).toBe("hex-malformed");
  });
});

describe("UTF-8", () => {
  test("text reads back, a byte order mark included", () => {
    expect(fromUtf8(utf8("\ufeffπ €𝄞"))).toBe("\ufeffπ €𝄞");
  });

  test("a lone surrogate has no bytes", () => {
    expect(codeOf(() => utf8("a\ud800"))).toBe("utf8-malformed");
  });

  test.each([
    ["overlong", "c0af"],
    ["surrogate", "eda080"],
    ["cut off", "e282"],
    ["beyond U+10FFFF", "f4908080"],
  ])("bytes that are %s are no text", (_, hex) => {
    expect(codeOf(() => fromUtf8(fromHex(hex)))).toBe("utf8-malformed");
  });
});

test("concatBytes keeps order and copies", () => {
  const first = Uint8Array.of(1, 2);
  const whole = concatBytes(first, new Uint8Array(0), Uint8Array.of(3));
  first[0] = 9;
  expect(whole).toEqual(Uint8Array.of(1, 2, 3));
});

test("equalBytes compares length and every byte", () => {
  fc.assert(
    fc.property(anyBytes, anyBytes, (a, b) => {
      expect(equalBytes(a, Uint8Array.from(a))).toBe(true);
      expect(equalBytes(a, b)).toBe(Buffer.compare(a, b) === 0);
    }),
  );
});
