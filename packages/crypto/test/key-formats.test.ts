import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { fromHex, fromUtf8, Secret, toHex } from "../src/index.ts";
import { codeOf, implementations } from "./implementations.ts";

// RFC 8037 appendix A.1 and A.2: the key of RFC 8032 section 7.1, test 1.
const SEED = fromHex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
const JWK = {
  kty: "OKP",
  crv: "Ed25519",
  x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  d: "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",
};
const { d: _d, ...PUBLIC } = JWK;
// RFC 8410 section 10.1 and 10.3.
const RFC8410_PUBLIC = `-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PUBLIC KEY-----
`;
const RFC8410_PRIVATE = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
`;

describe.each(implementations)("key formats, $name", ({ api }) => {
  const { raw } = api.signingKey(Secret.from(SEED)).publicKey;

  test("the examples of RFC 8037 and RFC 8410 are read and written as they stand", () => {
    expect(toHex(api.publicKeyFromJwk(PUBLIC))).toBe(toHex(raw));
    expect(toHex(api.seedFromJwk(JWK).reveal())).toBe(toHex(SEED));
    expect(JSON.parse(fromUtf8(api.seedToJwk(Secret.from(SEED)).reveal()))).toEqual(JWK);
    expect(api.publicKeyToPem(api.publicKeyFromPem(RFC8410_PUBLIC))).toBe(RFC8410_PUBLIC);
    const seed = api.seedFromPem(RFC8410_PRIVATE);
    expect(fromUtf8(api.seedToPem(seed).reveal())).toBe(RFC8410_PRIVATE);
    expect(api.publicKeyToPem(api.signingKey(seed).publicKey.raw)).toBe(RFC8410_PUBLIC);
  });

  test("what OpenSSL writes is read, and what is written OpenSSL reads", () => {
    const pair = generateKeyPairSync("ed25519");
    const pem = pair.privateKey.export({ format: "pem", type: "pkcs8" }) as string;
    const der = pair.publicKey.export({ format: "der", type: "spki" });
    const key = api.signingKey(api.seedFromPem(pem)).publicKey.raw;
    expect(toHex(api.publicKeyFromSpki(der))).toBe(toHex(key));
    expect(toHex(api.publicKeyToSpki(key))).toBe(toHex(der));
    expect(createPublicKey(api.publicKeyToPem(key)).equals(pair.publicKey)).toBe(true);
    const back = Buffer.from(api.seedToPkcs8(api.seedFromPem(pem)).reveal());
    expect(createPrivateKey({ key: back, format: "der", type: "pkcs8" }).equals(pair.privateKey)).toBe(true);
    expect(toHex(api.publicKeyFromJwk(pair.publicKey.export({ format: "jwk" })))).toBe(toHex(key));
  });

  test("CRLF and a missing last line end are read", () => {
    expect(api.publicKeyFromPem(RFC8410_PUBLIC.replaceAll("\n", "\r\n"))).toHaveLength(32);
    expect(api.publicKeyFromPem(RFC8410_PUBLIC.trimEnd())).toHaveLength(32);
  });

  const rsa = generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey;
  test.each([
    ["another label", RFC8410_PUBLIC.replaceAll("PUBLIC KEY", "CERTIFICATE")],
    ["text before it", `x\n${RFC8410_PUBLIC}`],
    ["text after it", `${RFC8410_PUBLIC}x`],
    ["two blocks", RFC8410_PUBLIC + RFC8410_PUBLIC],
    ["no base64", RFC8410_PUBLIC.replace("MCow", "M*ow")],
    ["shorter lines than 64", RFC8410_PUBLIC.replace("MCowBQYDK2Vw", "MCowBQYDK2Vw\n")],
    ["an empty body", "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"],
    ["another algorithm", rsa.export({ format: "pem", type: "spki" }) as string],
    ["an X25519 key", RFC8410_PUBLIC.replace("K2Vw", "K2Vu")],
    ["a private key", RFC8410_PRIVATE],
    ["nothing", ""],
  ])("a PEM with %s is refused", (_, pem) => {
    expect(codeOf(() => api.publicKeyFromPem(pem))).toBe("key-format");
  });

  test.each([
    ["another curve", { ...PUBLIC, crv: "X25519" }],
    ["another type", { ...PUBLIC, kty: "EC" }],
    ["another algorithm", { ...PUBLIC, alg: "ES256" }],
    ["another use", { ...PUBLIC, use: "enc" }],
    ["padding", { ...PUBLIC, x: `${PUBLIC.x}=` }],
    ["31 bytes", { ...PUBLIC, x: PUBLIC.x.slice(0, 42) }],
    ["the private part", JWK],
    ["no x", { kty: "OKP", crv: "Ed25519" }],
  ])("a public JWK with %s is refused", (_, jwk) => {
    expect(codeOf(() => api.publicKeyFromJwk(jwk))).toBe("key-format");
  });

  test.each([null, [], "text", 1])("%j is no JWK", (value) => {
    expect(codeOf(() => api.publicKeyFromJwk(value))).toBe("key-format");
    expect(codeOf(() => api.seedFromJwk(value))).toBe("key-format");
  });

  test("members that RFC 7517 lets a reader ignore are ignored", () => {
    const jwk = { ...PUBLIC, kid: "any", use: "sig", alg: "EdDSA", key_ops: ["verify"], ext: true };
    expect(api.publicKeyFromJwk(jwk)).toHaveLength(32);
  });

  test("a private JWK whose x is another key is refused, and no message quotes d", () => {
    const other = api.signingKey(Secret.from(new Uint8Array(32))).publicKey.raw;
    expect(codeOf(() => api.seedFromJwk({ ...JWK, x: api.jwkPublic(other).x }))).toBe("key-format");
    expect(() => api.seedFromJwk({ ...JWK, d: `${JWK.d}!` })).not.toThrow(JWK.d);
    expect(codeOf(() => api.seedFromJwk({ ...JWK, d: `${JWK.d}!` }))).toBe("key-format");
  });

  test("a key that enrolment refuses is refused in every format", () => {
    const zero = new Uint8Array(32);
    const spki = Uint8Array.from([...api.publicKeyToSpki(raw).slice(0, 12), ...zero]);
    expect(codeOf(() => api.publicKeyFromSpki(spki))).toBe("key-small-order");
    expect(codeOf(() => api.publicKeyToSpki(zero))).toBe("key-small-order");
    expect(codeOf(() => api.publicKeyFromJwk({ ...PUBLIC, x: "A".repeat(43) }))).toBe("key-small-order");
  });

  test("any flipped bit outside the key itself is refused", () => {
    const der = api.seedToPkcs8(Secret.from(SEED)).reveal();
    const spki = api.publicKeyToSpki(raw);
    const flip = (bytes: Uint8Array, bit: number) =>
      bytes.map((byte, n) => (n === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
    for (let bit = 0; bit < 8 * 16; bit++)
      expect(codeOf(() => api.seedFromPkcs8(flip(der, bit)))).toBe("key-format");
    for (let bit = 0; bit < 8 * 12; bit++)
      expect(codeOf(() => api.publicKeyFromSpki(flip(spki, bit)))).toBe("key-format");
    expect(codeOf(() => api.seedFromPkcs8(der.slice(0, 47)))).toBe("key-format");
  });
});
