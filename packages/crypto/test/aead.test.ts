import { createSecretKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  AeadKey,
  aeadOpen,
  aeadSeal,
  concatBytes,
  fromHex,
  generateSeed,
  Secret,
  toHex,
  utf8,
} from "../src/index.ts";
import { gcmOpen, gcmSeal } from "../src/node/gcm.ts";
import { codeOf, outcome } from "./implementations.ts";
import { vectorFolder, wycheproof } from "./vectors.ts";

const key = AeadKey.from(generateSeed());
const element = fc.oneof(fc.string({ unit: "grapheme", maxLength: 6 }), fc.uint8Array({ maxLength: 6 }));
const contexts = fc.array(element, { maxLength: 4 }).map((rest) => ["SIGIL-TEST-V1", ...rest]);
const bytesOf = (context: readonly (string | Uint8Array)[]) =>
  JSON.stringify(context.map((each) => toHex(typeof each === "string" ? utf8(each) : each)));

describe("AES-256-GCM with context", () => {
  test("what is sealed opens under the same key and context", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), contexts, (plaintext, context) => {
        const sealed = aeadSeal(key, plaintext, context);
        expect(sealed).toHaveLength(12 + plaintext.length + 16);
        expect(aeadOpen(key, sealed, context)).toEqual(plaintext);
      }),
    );
  });

  test("another context never opens it, however its elements are cut", () => {
    const sealed = aeadSeal(key, utf8("row"), ["D", "ab", "c"]);
    for (const other of [
      ["D", "a", "bc"],
      ["D", "abc"],
      ["Dab", "c"],
      ["D", "ab", "c", ""],
      ["D", "c", "ab"],
    ]) {
      expect(codeOf(() => aeadOpen(key, sealed, other))).toBe("decrypt-failed");
    }
    fc.assert(
      fc.property(contexts, contexts, (a, b) => {
        fc.pre(bytesOf(a) !== bytesOf(b));
        expect(codeOf(() => aeadOpen(key, aeadSeal(key, utf8("x"), a), b))).toBe("decrypt-failed");
      }),
    );
  });

  test("text and its UTF-8 bytes are the same context", () => {
    expect(toHex(aeadOpen(key, aeadSeal(key, fromHex("01"), ["D", "é"]), ["D", utf8("é")]))).toBe("01");
  });

  test("every byte of a context counts, in text and in bytes", () => {
    const binary = Uint8Array.from({ length: 5 }, (_, n) => 0x7e + n);
    const context = ["D~\u007f", "\u0080é€", binary];
    const sealed = aeadSeal(key, utf8("row"), context);
    expect(aeadOpen(key, sealed, [utf8("D~\u007f"), utf8("\u0080é€"), Uint8Array.from(binary)])).toEqual(
      utf8("row"),
    );
    const parts = context.map((each) => (typeof each === "string" ? utf8(each) : each));
    parts.forEach((part, n) => {
      for (let at = 0; at < part.length; at++) {
        const other = Uint8Array.from(part, (byte, i) => (i === at ? byte ^ 1 : byte));
        expect(codeOf(() => aeadOpen(key, sealed, parts.with(n, other)))).toBe("decrypt-failed");
      }
    });
  });

  test("any flipped bit, and any cut, is refused", () => {
    const sealed = aeadSeal(key, utf8("twelve bytes"), ["D"]);
    for (let bit = 0; bit < 8 * sealed.length; bit++) {
      const flipped = Uint8Array.from(sealed);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      expect(codeOf(() => aeadOpen(key, flipped, ["D"]))).toBe("decrypt-failed");
    }
    for (let length = 0; length < sealed.length; length++) {
      expect(codeOf(() => aeadOpen(key, sealed.subarray(0, length), ["D"]))).toBe("decrypt-failed");
    }
  });

  test("another key is refused", () => {
    const sealed = aeadSeal(key, utf8("x"), ["D"]);
    expect(codeOf(() => aeadOpen(AeadKey.from(generateSeed()), sealed, ["D"]))).toBe("decrypt-failed");
  });

  test("two seals of the same text differ", () => {
    expect(toHex(aeadSeal(key, utf8("x"), ["D"]))).not.toBe(toHex(aeadSeal(key, utf8("x"), ["D"])));
  });

  test.each([[[]], [[""]], [[new Uint8Array(0), "x"]]])(
    "a context without a domain line is refused: %j",
    (context) => {
      expect(codeOf(() => aeadSeal(key, utf8("x"), context))).toBe("aead-context");
      expect(codeOf(() => aeadOpen(key, new Uint8Array(40), context))).toBe("aead-context");
    },
  );

  test.each([0, 16, 31, 33])("a key of %i bytes is refused", (length) => {
    expect(codeOf(() => AeadKey.from(Secret.from(new Uint8Array(length))))).toBe("key-length");
  });
});

interface GcmGroup {
  ivSize: number;
  keySize: number;
  tagSize: number;
  tests: {
    tcId: number;
    key: string;
    iv: string;
    aad: string;
    msg: string;
    ct: string;
    tag: string;
    result: string;
  }[];
}
const folder = vectorFolder("wycheproof");
test.runIf(folder !== undefined)(
  "Wycheproof AES-GCM: every case with 256-bit keys and 96-bit nonces is as expected",
  () => {
    let cases = 0;
    for (const group of wycheproof<GcmGroup>(folder as string, "aes_gcm_test.json")) {
      if (group.keySize !== 256 || group.ivSize !== 96 || group.tagSize !== 128) continue;
      for (const each of group.tests) {
        const object = createSecretKey(fromHex(each.key));
        const sealed = concatBytes(fromHex(each.iv), fromHex(each.ct), fromHex(each.tag));
        const valid = each.result === "valid";
        const opened = outcome(() => toHex(gcmOpen(object, sealed, fromHex(each.aad))));
        expect(opened, `case ${each.tcId}`).toBe(valid ? each.msg : "decrypt-failed");
        const ours = gcmSeal(object, fromHex(each.iv), fromHex(each.msg), fromHex(each.aad));
        expect(Buffer.compare(ours, sealed) === 0).toBe(valid);
        cases++;
      }
    }
    expect(cases).toBeGreaterThan(60);
  },
);
