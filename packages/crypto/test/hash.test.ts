import { describe, expect, test } from "vitest";
import { fromHex, randomBytes, toHex, utf8 } from "../src/index.ts";
import { codeOf, implementations, outcome } from "./implementations.ts";
import { vectorFolder, wycheproof } from "./vectors.ts";

interface MacGroup {
  tagSize: number;
  tests: { key: string; msg: string; tag: string; result: string }[];
}
interface HkdfGroup {
  tests: { ikm: string; salt: string; info: string; size: number; okm: string; result: string }[];
}
const folder = vectorFolder("wycheproof");

describe.each(implementations)("hashes, $name", ({ api }) => {
  test("SHA-256 of FIPS 180-4: the empty message and abc", () => {
    expect(toHex(api.sha256(new Uint8Array(0)))).toBe(
      "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
    expect(toHex(api.sha256(utf8("abc")))).toBe(
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    );
  });

  test("SHA-256 of a text is that of its UTF-8 bytes; a lone surrogate has none and is refused", () => {
    for (const text of ["", "abc", "\0\ufeff€ 𝄞", "é".repeat(5000)])
      expect(api.sha256Text(text)).toEqual(api.sha256(utf8(text)));
    expect(Object.getPrototypeOf(api.sha256Text("a"))).toBe(Uint8Array.prototype);
    for (const text of ["\ud800", "a\udc00b"])
      expect(codeOf(() => api.sha256Text(text))).toBe("utf8-malformed");
  });

  test("HMAC-SHA-256 of RFC 4231, test case 2", () => {
    const tag = api.hmacSha256(utf8("Jefe"), utf8("what do ya want for nothing?"));
    expect(toHex(tag)).toBe("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  });

  test("HKDF-SHA-256 of RFC 5869, test case 1", () => {
    const ikm = new Uint8Array(22).fill(0x0b);
    const okm = api.hkdfSha256(
      ikm,
      fromHex("000102030405060708090a0b0c"),
      fromHex("f0f1f2f3f4f5f6f7f8f9"),
      42,
    );
    expect(toHex(okm)).toBe(
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
    );
  });

  test.each([0, -1, 1.5, 8161, Number.NaN])("HKDF of %d bytes is refused", (length) => {
    const empty = new Uint8Array(0);
    expect(codeOf(() => api.hkdfSha256(empty, empty, empty, length))).toBe("length-out-of-range");
  });

  test("results are plain byte arrays, not Node buffers", () => {
    expect(Object.getPrototypeOf(api.sha256(utf8("a")))).toBe(Uint8Array.prototype);
    expect(Object.getPrototypeOf(api.randomBytes(4))).toBe(Uint8Array.prototype);
  });

  test("no draw of randomness repeats another or holds bytes that nobody drew", () => {
    const seen = new Set<string>();
    const zeros: number[] = [];
    for (let n = 0; n < 600; n++) {
      const length = 16 + (n % 60);
      const bytes = api.randomBytes(length);
      expect(bytes).toHaveLength(length);
      seen.add(toHex(bytes.subarray(0, 16)));
      // Eight zeros at the end come once in 2^64.
      if (bytes.subarray(-8).every((byte) => byte === 0)) zeros.push(length);
    }
    expect(seen.size).toBe(600);
    expect(zeros).toEqual([]);
    expect(api.randomBytes(0)).toHaveLength(0);
  });

  test("randomness has the length asked for, also beyond 64 KiB", () => {
    expect(api.randomBytes(70_000)).toHaveLength(70_000);
    // Beyond any pool: each draw is a slice of its own that nothing else holds.
    const draws = Array.from({ length: 300 }, () => api.randomBytes(32));
    expect(new Set(draws.map((draw) => toHex(draw))).size).toBe(300);
    expect(new Set(draws.map((draw) => draw.buffer)).size).toBe(300);
    expect(new Set(Array.from({ length: 50 }, () => toHex(api.randomBytes(16)))).size).toBe(50);
  });
});

describe.runIf(folder !== undefined)("Wycheproof hashes", () => {
  test.each(implementations)("every HMAC-SHA-256 tag is as expected, $name", ({ api }) => {
    let cases = 0;
    for (const { tagSize, tests } of wycheproof<MacGroup>(folder as string, "hmac_sha256_test.json")) {
      for (const { key, msg, tag, result } of tests) {
        const ours = toHex(api.hmacSha256(fromHex(key), fromHex(msg))).slice(0, tagSize / 4);
        expect(ours === tag).toBe(result === "valid");
        cases++;
      }
    }
    expect(cases).toBeGreaterThan(100);
  });

  test.each(implementations)("every HKDF-SHA-256 output is as expected, $name", ({ api }) => {
    let cases = 0;
    for (const { tests } of wycheproof<HkdfGroup>(folder as string, "hkdf_sha256_test.json")) {
      for (const { ikm, salt, info, size, okm, result } of tests) {
        const derive = () => toHex(api.hkdfSha256(fromHex(ikm), fromHex(salt), fromHex(info), size));
        expect(outcome(derive)).toBe(result === "valid" ? okm : "length-out-of-range");
        cases++;
      }
    }
    expect(cases).toBeGreaterThan(80);
  });
});

test("native and portable compare bytes alike", () => {
  for (const { api } of implementations) {
    const bytes = randomBytes(33);
    const other = Uint8Array.from(bytes);
    other[32] = (other[32] as number) ^ 1;
    expect(api.equalBytes(bytes, Uint8Array.from(bytes))).toBe(true);
    expect(api.equalBytes(bytes, other)).toBe(false);
    expect(api.equalBytes(bytes, bytes.subarray(1))).toBe(false);
  }
});
