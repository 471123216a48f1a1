import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeUtf8, encodeUtf8 } from "../src/encoding/utf8.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text, or that there is none. */
function attempt(decode: () => string): string | undefined {
  try {
    return decode();
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return undefined;
    throw error;
  }
}

test("every character has the bytes that TextEncoder gives it, and reads back", () => {
  const wrong: number[] = [];
  expect(encodeUtf8("\u{10000}\uffff\u0800\u07ff\u0080\u007f")).toEqual(
    encoder.encode("\u{10000}\uffff\u0800\u07ff\u0080\u007f"),
  );
  for (let code = 0; code <= 0x10ffff; code += code < 0x1000 || code > 0x10ff00 ? 1 : 61) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    const text = `a${String.fromCodePoint(code)}b`;
    const bytes = encodeUtf8(text);
    if (!encoder.encode(text).every((byte, i) => byte === bytes[i]) || decodeUtf8(bytes) !== text)
      wrong.push(code);
  }
  expect(wrong).toEqual([]);
});

test("text of any characters has the bytes that TextEncoder gives it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(encodeUtf8(text)).toEqual(encoder.encode(text));
      expect(decodeUtf8(encodeUtf8(text))).toBe(text);
    }),
  );
});

// Bytes near what the format forbids: second spellings, surrogates, characters beyond the last, cuts.
const near = fc.constantFrom(
  ...[0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed],
  ...[0xee, 0xef, 0xbb, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff],
);

test("any bytes decode as TextDecoder decodes them, or are refused as it refuses them", () => {
  fc.assert(
    fc.property(fc.array(near, { maxLength: 6 }), (list) => {
      const bytes = Uint8Array.from(list);
      expect(attempt(() => decodeUtf8(bytes))).toBe(attempt(() => decoder.decode(bytes)));
    }),
    { numRuns: 5_000 },
  );
});

test.each([
  ["a byte that continues nothing", [0x80]],
  ["a second spelling of U+002F in two bytes", [0xc0, 0xaf]],
  ["a second spelling of U+07FF in three bytes", [0xe0, 0x9f, 0xbf]],
  ["a second spelling of U+FFFF in four bytes", [0xf0, 0x8f, 0xbf, 0xbf]],
  ["a surrogate", [0xed, 0xa0, 0x80]],
  ["a character beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
  ["a first byte that no character has", [0xf5, 0x80, 0x80, 0x80]],
  ["a first byte of five", [0xf8, 0x88, 0x80, 0x80, 0x80]],
  ["a cut character", [0xe2, 0x82]],
  ["a character with a wrong third byte", [0xe2, 0x82, 0x41]],
])("%s is refused", (_, list) => {
  expect(attempt(() => decodeUtf8(Uint8Array.from(list)))).toBeUndefined();
  expect(attempt(() => decoder.decode(Uint8Array.from(list)))).toBeUndefined();
});
