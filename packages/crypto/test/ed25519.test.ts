import { createHash } from "node:crypto";
import { ed25519 } from "@noble/curves/ed25519.js";
import fc from "fast-check";
import nacl from "tweetnacl";
import { describe, expect, test } from "vitest";
import { fromHex, Secret, toHex } from "../src/index.ts";
import { codeOf, implementations, outcome } from "./implementations.ts";
import { vectorFolder, wycheproof } from "./vectors.ts";

/** Where a test counts how often an equation holds, its draws are the same in every run. */
const FIXED_SEED = fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
const L = ed25519.Point.Fn.ORDER;
const [native, portable] = implementations;

// RFC 8032 section 7.1, tests 1 to 3.
const RFC8032 = [
  {
    seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    raw: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
    message: "",
    signature:
      "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
  },
  {
    seed: "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
    raw: "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
    message: "72",
    signature:
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
  },
  {
    seed: "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
    raw: "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    message: "af82",
    signature:
      "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
  },
];

const SMALL_ORDER = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
];

const NOT_CANONICAL = [
  "0100000000000000000000000000000000000000000000000000000000000080",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
];

function littleEndian(value: bigint): Uint8Array {
  return fromHex(value.toString(16).padStart(64, "0")).reverse();
}

function integer(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(Uint8Array.from(bytes).reverse())}`);
}

function challenge(r: Uint8Array, a: Uint8Array, message: Uint8Array): bigint {
  return integer(createHash("sha512").update(r).update(a).update(message).digest()) % L;
}

function accepts(
  api: (typeof implementations)[number]["api"],
  raw: Uint8Array,
  message: Uint8Array,
  sig: Uint8Array,
) {
  return outcome(() => api.verifyKey(raw).verify(message, sig)) === undefined;
}

describe.each(implementations)("Ed25519, $name", ({ api }) => {
  test.each(RFC8032)("signs and verifies RFC 8032 section 7.1, message '$message'", (each) => {
    const key = api.signingKey(Secret.from(fromHex(each.seed)));
    expect(toHex(key.publicKey.raw)).toBe(each.raw);
    expect(toHex(key.sign(fromHex(each.message)))).toBe(each.signature);
    expect(() => key.publicKey.verify(fromHex(each.message), fromHex(each.signature))).not.toThrow();
  });

  test("the key id is the RFC 7638 thumbprint of RFC 8037 appendix A.3", () => {
    const key = api.verifyKey(fromHex(RFC8032[0]?.raw as string));
    expect(key.kid).toBe("kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
  });

  test.each(SMALL_ORDER)("the key %s of small order is not enrolled", (hex) => {
    expect(codeOf(() => api.verifyKey(fromHex(hex)))).toBe("key-small-order");
  });

  test.each(NOT_CANONICAL)("the key %s in a second spelling is not enrolled", (hex) => {
    expect(codeOf(() => api.verifyKey(fromHex(hex)))).toBe("key-encoding");
  });

  test("a key that is no point on the curve is not enrolled", () => {
    expect(codeOf(() => api.verifyKey(fromHex(`02${"00".repeat(31)}`)))).toBe("key-encoding");
  });

  test.each([0, 31, 33, 64])("a key of %i bytes is not enrolled", (length) => {
    expect(codeOf(() => api.verifyKey(new Uint8Array(length)))).toBe("key-length");
    expect(codeOf(() => api.signingKey(Secret.from(new Uint8Array(length))))).toBe("key-length");
  });

  test.each([0, 63, 65])("a signature of %i bytes is refused", (length) => {
    const key = api.signingKey(api.generateSeed());
    expect(codeOf(() => key.publicKey.verify(new Uint8Array(1), new Uint8Array(length)))).toBe(
      "signature-length",
    );
  });

  test("S + L, the second spelling of a signature, is refused", () => {
    const key = api.signingKey(api.generateSeed());
    const message = fromHex("00ff");
    const signature = key.sign(message);
    const s = integer(signature.subarray(32));
    for (let k = 1n; s + k * L < 2n ** 256n; k++) {
      const second = Uint8Array.from(signature);
      second.set(littleEndian(s + k * L), 32);
      expect(codeOf(() => key.publicKey.verify(message, second))).toBe("signature-invalid");
    }
  });

  test("any flipped bit of signature, message or key is refused", () => {
    const key = api.signingKey(api.generateSeed());
    const message = fromHex("0123456789abcdef");
    const parts = { message, signature: key.sign(message), raw: key.publicKey.raw };
    const total = 8 * (message.length + 64 + 32);
    for (let bit = 0; bit < total; bit += api === native.api ? 1 : 7) {
      const flipped = structuredClone(parts);
      let at = bit;
      for (const part of [flipped.message, flipped.signature, flipped.raw]) {
        if (at < 8 * part.length && at >= 0) part[at >> 3] = (part[at >> 3] as number) ^ (1 << (at & 7));
        at -= 8 * part.length;
      }
      expect(accepts(api, flipped.raw, flipped.message, flipped.signature)).toBe(false);
    }
  });

  test("a key shows copies: changing what it gives changes nothing", () => {
    const key = api.signingKey(api.generateSeed());
    const before = toHex(key.publicKey.raw);
    key.publicKey.raw.fill(0);
    expect(toHex(key.publicKey.raw)).toBe(before);
  });
});

describe("native and portable accept the same signatures", () => {
  test("on random seeds and messages they sign alike", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ maxLength: 100 }),
        (seed, message) => {
          const a = native.api.signingKey(Secret.from(seed));
          const b = portable.api.signingKey(Secret.from(seed));
          expect(b.kid).toBe(a.kid);
          expect(b.sign(message)).toEqual(a.sign(message));
          expect(() => b.publicKey.verify(message, a.sign(message))).not.toThrow();
        },
      ),
      { numRuns: 20 },
    );
  });

  test("a signature with R of small order is refused, though the equation holds", () => {
    const { scalar, point } = ed25519.utils.getExtendedPublicKey(FIXED_SEED);
    const torsion = ed25519.Point.fromHex(SMALL_ORDER[4] as string);
    for (const a of [point.toBytes(), point.add(torsion).toBytes()]) {
      let equationHolds = 0;
      for (const r of SMALL_ORDER.map(fromHex)) {
        for (let i = 0; i < 8; i++) {
          const message = Uint8Array.of(i);
          const signature = new Uint8Array(64);
          signature.set(r);
          signature.set(littleEndian((challenge(r, a, message) * scalar) % L), 32);
          if (nacl.sign.detached.verify(message, signature, a)) equationHolds++;
          expect(accepts(native.api, a, message, signature)).toBe(false);
          expect(accepts(portable.api, a, message, signature)).toBe(false);
        }
      }
      expect(equationHolds).toBeGreaterThan(0);
    }
  });

  test("a signature with R in a second spelling is refused", () => {
    const seed = native.api.generateSeed();
    const { scalar, pointBytes: a } = ed25519.utils.getExtendedPublicKey(seed.reveal());
    const message = fromHex("2a");
    for (const r of NOT_CANONICAL.map(fromHex)) {
      const signature = new Uint8Array(64);
      signature.set(r);
      signature.set(littleEndian((challenge(r, a, message) * scalar) % L), 32);
      expect(accepts(native.api, a, message, signature)).toBe(false);
      expect(accepts(portable.api, a, message, signature)).toBe(false);
    }
  });

  test("under a key of mixed order both use the cofactorless equation", () => {
    const { scalar, point } = ed25519.utils.getExtendedPublicKey(FIXED_SEED);
    const torsion = ed25519.Point.fromHex(SMALL_ORDER[4] as string);
    const mixed = point.add(torsion).toBytes();
    const nonce = 12345n;
    const r = ed25519.Point.BASE.multiply(nonce).toBytes();
    const verdicts = Array.from({ length: 48 }, (_, i) => {
      const message = Uint8Array.of(i);
      const signature = new Uint8Array(64);
      signature.set(r);
      signature.set(littleEndian((nonce + challenge(r, mixed, message) * scalar) % L), 32);
      const verdict = accepts(native.api, mixed, message, signature);
      expect(accepts(portable.api, mixed, message, signature)).toBe(verdict);
      return verdict;
    });
    expect(new Set(verdicts)).toEqual(new Set([true, false]));
  });
});

interface EddsaGroup {
  publicKey: { pk: string };
  tests: { tcId: number; msg: string; sig: string; result: "valid" | "invalid" }[];
}
const folder = vectorFolder("wycheproof");
describe.runIf(folder !== undefined)("Wycheproof Ed25519", () => {
  test.each(implementations)("every case has the expected verdict, $name", ({ api }) => {
    let cases = 0;
    for (const group of wycheproof<EddsaGroup>(folder as string, "ed25519_test.json")) {
      for (const { tcId, msg, sig, result } of group.tests) {
        const verdict = accepts(api, fromHex(group.publicKey.pk), fromHex(msg), fromHex(sig));
        expect(verdict, `case ${tcId}`).toBe(result === "valid");
        cases++;
      }
    }
    expect(cases).toBeGreaterThan(100);
  });
});
