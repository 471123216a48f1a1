import { describe, expect, test } from "vitest";
import * as api from "../src/index.ts";
import { implementations } from "./implementations.ts";

// A key file as it was written once: a reader of today opens what a writer of then sealed.
const GOLDEN =
  '{"v":1,"type":"sigil-sealed-key","purpose":"root","kid":null,"publicKey":null,"createdAt":"2026-11-22T12:00:00.000Z","kdf":{"name":"scrypt","logN":12,"r":8,"p":1,"salt":"5K-W2w32qk6HJguHoRGp0g"},"aead":"A256GCM","check":"eXslyh2x3KByHFZwDTlAvw","sealed":"cbCS4PN-tPMBJzTFB0JqUOgNkjVwvISKgRQj0dU1W4_incwUAnmOi04RZeRivLwSpe2YgQgRRFkurq4f"}';
const golden = JSON.parse(GOLDEN) as Record<string, unknown> & { kdf: Record<string, unknown> };
const withField = (name: string, value: unknown) => JSON.stringify({ ...golden, [name]: value });
const passphrase = api.Secret.from(api.utf8("golden"));
const bytes = (length: number, value = 1) => new Uint8Array(length).fill(value);
const seed = api.Secret.from(bytes(32));
const key = api.signingKey(seed);
const jwk = JSON.parse(api.fromUtf8(api.seedToJwk(seed).reveal())) as Record<string, string>;
const pem = api.publicKeyToPem(key.publicKey.raw);

/** `<code>: <message>` of the refusal that `act` throws, and that of its cause. */
function saying(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (!(error instanceof api.CryptoError) || error.name !== "CryptoError") throw error;
    return `${error.code}: ${error.message}${error.cause instanceof api.CryptoError ? ` < ${error.cause.code}: ${error.cause.message}` : ""}`;
  }
  return "nothing was thrown";
}

test("a key file that was sealed long ago opens", () => {
  const opened = api.openKeyFile(GOLDEN, passphrase);
  expect(opened).toMatchObject({ purpose: "root", kid: null, publicKey: null });
  expect(opened.secret.reveal()).toEqual(bytes(32, 7));
});

describe.each(implementations)(
  "every refusal says what was found, what is wanted and what to do, $name",
  (entry) => {
    const portable = entry.api;

    test("spellings of bytes", () => {
      expect(
        [
          () => portable.fromHex("abc"),
          () => portable.fromHex("00000g"),
          () => portable.fromHex("0:"),
          () => portable.fromHex("`0"),
          () => portable.fromBase64url("A"),
          () => portable.fromBase64url("AA+A"),
          () => portable.fromBase64url("AB"),
          () => portable.fromBase64("AAA"),
          () => portable.utf8("\ud800"),
          () => portable.fromUtf8(Uint8Array.of(0xff)),
        ].map(saying),
      ).toMatchInlineSnapshot(`
        [
          "hex-malformed: hexadecimal of odd length 3; write two digits a byte",
          "hex-malformed: not a pair of lower-case hexadecimal digits at 4; use 0-9 and a-f",
          "hex-malformed: not a pair of lower-case hexadecimal digits at 0; use 0-9 and a-f",
          "hex-malformed: not a pair of lower-case hexadecimal digits at 0; use 0-9 and a-f",
          "base64url-malformed: 1 characters are not a whole number of bytes",
          "base64url-malformed: character 2 is outside the alphabet",
          "base64url-malformed: unused trailing bits are not zero",
          "base64-malformed: length 3 is not a multiple of 4; pad with "="",
          "utf8-malformed: text contains a lone surrogate, which has no UTF-8 form; remove it",
          "utf8-malformed: 1 bytes are not valid UTF-8",
        ]
      `);
    });

    test("keys and signatures", () => {
      const own = portable.signingKey(seed);
      expect(
        [
          () => portable.signingKey(api.Secret.from(bytes(31))),
          () => portable.verifyKey(bytes(33)),
          () => portable.verifyKey(bytes(32, 0xff)),
          () => portable.verifyKey(bytes(32, 0)),
          () => own.publicKey.verify(bytes(1), bytes(63)),
          () => own.publicKey.verify(bytes(1), bytes(64)),
          () => portable.channelKey(api.Secret.from(bytes(31))),
          () => portable.channelPublic(bytes(31)),
          () => portable.channelKey(seed).agree(bytes(31)),
          () => portable.channelKey(seed).agree(bytes(32, 0)),
          () => portable.hkdfSha256(bytes(1), bytes(1), bytes(1), 0),
          () => portable.hkdfSha256(bytes(1), bytes(1), bytes(1), 8161),
        ].map(saying),
      ).toMatchInlineSnapshot(`
        [
          "key-length: Ed25519 seed has 31 bytes; it needs exactly 32",
          "key-length: Ed25519 public key has 33 bytes; it needs exactly 32",
          "key-encoding: Ed25519 public key is not the canonical encoding of a point on the curve",
          "key-small-order: Ed25519 public key has small order; generate a fresh key",
          "signature-length: signature has 63 bytes; Ed25519 has exactly 64",
          "signature-invalid: signature does not verify under this key and message",
          "key-length: X25519 seed has 31 bytes; it needs exactly 32",
          "key-length: X25519 public key has 31 bytes; it needs exactly 32",
          "key-length: X25519 public key has 31 bytes; it needs exactly 32",
          "agreement-zero: X25519 public key of the peer has small order",
          "length-out-of-range: HKDF-SHA-256 gives 1 to 8160 bytes, not 0",
          "length-out-of-range: HKDF-SHA-256 gives 1 to 8160 bytes, not 8161",
        ]
      `);
      expect(portable.hkdfSha256(bytes(1), bytes(1), bytes(1), 1)).toHaveLength(1);
      expect(portable.hkdfSha256(bytes(1), bytes(1), bytes(1), 8160)).toHaveLength(8160);
    });

    test("formats of keys", () => {
      const [begin, body, end] = pem.trimEnd().split("\n") as [string, string, string];
      const x = portable.toBase64url(
        Uint8Array.from(key.publicKey.raw, (byte, n) => (n === 31 ? byte ^ 1 : byte)),
      );
      expect(
        [
          () => portable.publicKeyToSpki(bytes(31)),
          () => portable.publicKeyFromSpki(bytes(44)),
          () => portable.seedToPkcs8(api.Secret.from(bytes(31))),
          () => portable.seedFromPkcs8(bytes(48)),
          () => portable.publicKeyFromJwk(null),
          () => portable.publicKeyFromJwk([]),
          () => portable.publicKeyFromJwk("text"),
          () => portable.publicKeyFromJwk({ ...jwk, d: undefined, crv: "X25519" }),
          () => portable.publicKeyFromJwk({ ...jwk, d: undefined, use: "enc" }),
          () => portable.publicKeyFromJwk({ ...jwk, d: undefined, alg: "ES256" }),
          () => portable.publicKeyFromJwk({ ...jwk, d: undefined, x: "AA" }),
          () => portable.publicKeyFromJwk({ ...jwk, d: undefined, x: "+" }),
          () => portable.publicKeyFromJwk(jwk),
          () => portable.seedFromJwk({ ...jwk, d: undefined }),
          () => portable.seedFromJwk({ ...jwk, x }),
          () => portable.publicKeyFromPem(`${begin}\n${body}\n-----END OTHER-----\n`),
          () => portable.publicKeyFromPem(`-----BEGIN OTHER-----\n${body}\n${end}\n`),
          () => portable.publicKeyFromPem(`${begin}\n${body.slice(0, 32)}\n${body.slice(32)}\n${end}\n`),
          () => portable.publicKeyFromPem(`${begin}\n${body}\n\n${end}\n`),
          () => portable.publicKeyFromPem(`${begin}\n${"A".repeat(68)}\n${end}\n`),
          () => portable.publicKeyFromPem(`${begin}\n${end}\n`),
          () => portable.publicKeyFromPem(begin),
          () => portable.publicKeyFromPem(`${begin}\n${body.slice(1)}\n${end}\n`),
        ].map(saying),
      ).toMatchInlineSnapshot(`
        [
          "key-length: Ed25519 public key has 31 bytes; it needs exactly 32",
          "key-format: not a SubjectPublicKeyInfo of an Ed25519 key; write it with a tool that follows RFC 8410",
          "key-length: Ed25519 seed has 31 bytes; it needs exactly 32",
          "key-format: not a PKCS #8 version 1 private key of Ed25519; write it with a tool that follows RFC 8410",
          "key-format: JWK is not an object (RFC 8037)",
          "key-format: JWK is not an object (RFC 8037)",
          "key-format: JWK is not an object (RFC 8037)",
          "key-format: JWK is not of kty OKP and crv Ed25519 (RFC 8037)",
          "key-format: JWK has another use than sig (RFC 8037)",
          "key-format: JWK has another alg than EdDSA or Ed25519 (RFC 8037)",
          "key-format: JWK member x is not base64url of 32 bytes (RFC 8037)",
          "key-format: JWK member x is not base64url of 32 bytes (RFC 8037)",
          "key-format: JWK is a private key; give its public part, without member d",
          "key-format: JWK member d is not base64url of 32 bytes (RFC 8037)",
          "key-format: JWK member x is not the public key of d",
          "key-format: not one PEM block "PUBLIC KEY" in lines of 64 characters",
          "key-format: not one PEM block "PUBLIC KEY" in lines of 64 characters",
          "key-format: not one PEM block "PUBLIC KEY" in lines of 64 characters",
          "key-format: not one PEM block "PUBLIC KEY" in lines of 64 characters",
          "key-format: not one PEM block "PUBLIC KEY" in lines of 64 characters",
          "key-format: not one PEM block "PUBLIC KEY" in lines of 64 characters",
          "key-format: not one PEM block "PUBLIC KEY" in lines of 64 characters",
          "key-format: PEM block "PUBLIC KEY" does not hold base64",
        ]
      `);
      expect(portable.publicKeyFromJwk({ ...jwk, d: undefined, alg: "EdDSA", use: "sig" })).toEqual(
        key.publicKey.raw,
      );
      expect(portable.publicKeyFromJwk({ ...jwk, d: undefined, alg: "Ed25519" })).toEqual(key.publicKey.raw);
    });
  },
);

describe("every refusal says what was found, what is wanted and what to do, sealed bytes", () => {
  test("blobs and keys", () => {
    const aead = api.AeadKey.from(seed);
    expect(
      [
        () => api.AeadKey.from(api.Secret.from(bytes(31))),
        () => api.aeadSeal(aead, bytes(1), []),
        () => api.aeadOpen(aead, bytes(27), ["X"]),
        () => api.aeadOpen(aead, bytes(28), ["X"]),
        () => api.nodeKeyObject({ kid: "x", raw: bytes(32), verify: () => {} }),
      ].map(saying),
    ).toMatchInlineSnapshot(`
      [
        "key-length: AES-256-GCM key has 31 bytes; it needs exactly 32",
        "aead-context: context is empty; begin it with a domain line such as SIGIL-ROW-V1",
        "decrypt-failed: sealed blob has 27 bytes; the least is 28",
        "decrypt-failed: sealed blob does not open under this key and context",
        "key-encoding: key was not made by this entry; build it with signingKey or verifyKey",
      ]
    `);
  });

  test("key files", () => {
    const open = (text: string) => () => api.openKeyFile(text, passphrase);
    const kdf = (changes: object) => open(withField("kdf", { ...golden.kdf, ...changes }));
    expect(
      [
        open("{"),
        open("null"),
        open("[]"),
        open('"text"'),
        open(" ".repeat(16_385)),
        open(GOLDEN.padEnd(16_384).slice(0, -1).padEnd(16_384, "x")),
        open(withField("v", 2)),
        open(withField("v", "1")),
        open(withField("other", 1)),
        open(withField("type", "other")),
        open(withField("purpose", 7)),
        open(withField("purpose", "UPPER")),
        open(withField("kid", "")),
        open(withField("publicKey", "AA")),
        open(withField("publicKey", 5)),
        open(withField("createdAt", "yesterday")),
        open(withField("aead", "none")),
        open(withField("check", "AA")),
        open(withField("sealed", "AA")),
        open(withField("sealed", "+")),
        open(withField("kdf", null)),
        open(withField("kdf", [])),
        open(withField("kdf", "scrypt")),
        kdf({ name: "pbkdf2" }),
        kdf({ logN: "12" }),
        kdf({ logN: 11 }),
        kdf({ logN: 21 }),
        kdf({ r: 9 }),
        kdf({ p: 5 }),
        kdf({ salt: "AA" }),
        open(withField("purpose", "other")),
        () => api.openKeyFile(GOLDEN, api.Secret.from(api.utf8("wrong"))),
        () =>
          api.sealKeyFile({ purpose: "UPPER", secret: seed, createdAt: "2026-11-22T12:00:00Z" }, passphrase),
        () =>
          api.sealKeyFile({ purpose: "x", secret: seed, createdAt: "2026-11-22T12:00:00Z" }, passphrase, {
            logN: 11,
            r: 8,
            p: 1,
          }),
      ].map(saying),
    ).toMatchInlineSnapshot(`
      [
        "sealed-file-malformed: key file is not JSON; restore it from a backup",
        "sealed-file-malformed: key file field v is missing, unknown or wrong",
        "sealed-file-malformed: key file field v is missing, unknown or wrong",
        "sealed-file-malformed: key file field v is missing, unknown or wrong",
        "sealed-file-malformed: key file has 16385 characters; the limit is 16384",
        "sealed-file-malformed: key file is not JSON; restore it from a backup",
        "sealed-file-version: key file has version 2; this reader knows version 1",
        "sealed-file-malformed: key file field v is missing, unknown or wrong",
        "sealed-file-malformed: key file field "other" is missing, unknown or wrong",
        "sealed-file-malformed: key file field type is missing, unknown or wrong",
        "sealed-file-malformed: key file field purpose is missing, unknown or wrong",
        "sealed-file-malformed: key file field purpose is missing, unknown or wrong",
        "sealed-file-malformed: key file field kid is missing, unknown or wrong",
        "sealed-file-malformed: key file field publicKey is missing, unknown or wrong",
        "sealed-file-malformed: key file field publicKey is missing, unknown or wrong",
        "sealed-file-malformed: key file field createdAt is missing, unknown or wrong",
        "sealed-file-malformed: key file field aead is missing, unknown or wrong",
        "sealed-file-malformed: key file field check is missing, unknown or wrong",
        "sealed-file-malformed: key file field sealed is missing, unknown or wrong",
        "sealed-file-malformed: key file field sealed is missing, unknown or wrong",
        "sealed-file-malformed: key file field kdf is missing, unknown or wrong",
        "sealed-file-malformed: key file field kdf is missing, unknown or wrong",
        "sealed-file-malformed: key file field kdf is missing, unknown or wrong",
        "sealed-file-malformed: key file field kdf is missing, unknown or wrong",
        "sealed-file-malformed: key file field kdf is missing, unknown or wrong",
        "kdf-parameters: scrypt logN is 11; it must be from 12 to 20",
        "kdf-parameters: scrypt logN is 21; it must be from 12 to 20",
        "kdf-parameters: scrypt r is 9; it must be from 8 to 8",
        "kdf-parameters: scrypt p is 5; it must be from 1 to 4",
        "sealed-file-malformed: key file field kdf is missing, unknown or wrong",
        "sealed-file-refused: the other key file does not open: another passphrase sealed it, or it was changed < sealed-file-damaged: the other key file was changed after it was written; restore it from a backup",
        "sealed-file-refused: the root key file does not open: another passphrase sealed it, or it was changed < passphrase-wrong: the passphrase is not that of the root key file",
        "sealed-file-malformed: key file field purpose is missing, unknown or wrong",
        "kdf-parameters: scrypt logN is 11; it must be from 12 to 20",
      ]
    `);
    expect(api.openKeyFile(GOLDEN.padEnd(16_384), passphrase).purpose).toBe("root");
  });
});

test("where the platform has no randomness, none is made up", async () => {
  const { randomBytes } = await import("../src/portable.ts");
  const { crypto } = globalThis;
  try {
    for (const absent of [undefined, {}]) {
      Object.defineProperty(globalThis, "crypto", { value: absent, configurable: true, writable: true });
      expect(saying(() => randomBytes(1))).toBe(
        "random-unavailable: this platform has no crypto.getRandomValues; draw the bytes elsewhere",
      );
    }
  } finally {
    Object.defineProperty(globalThis, "crypto", { value: crypto, configurable: true, writable: true });
  }
});
