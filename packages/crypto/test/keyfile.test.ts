import { describe, expect, test } from "vitest";
import {
  channelKey,
  generateSeed,
  openKeyFile,
  readKeyFileHeader,
  Secret,
  sealKeyFile,
  signingKey,
  toHex,
  utf8,
} from "../src/index.ts";
import { codeOf } from "./implementations.ts";

const seed = generateSeed();
const { kid, publicKey } = signingKey(seed);
const passphrase = Secret.from(utf8("correct horse"));
const createdAt = "2026-11-22T12:00:00.000Z";
const text = sealKeyFile(
  { purpose: "log", publicKey: publicKey.raw, kid, secret: seed, createdAt },
  passphrase,
);
const parsed = JSON.parse(text) as Record<string, unknown> & { kdf: Record<string, unknown> };
const changed = (changes: Record<string, unknown>) => JSON.stringify({ ...parsed, ...changes });

function errorOf(act: () => unknown): Error {
  try {
    act();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("sealed key files", () => {
  test("open to what was sealed", () => {
    const opened = openKeyFile(text, passphrase);
    expect(opened).toMatchObject({ purpose: "log", kid });
    expect(opened.publicKey).toEqual(publicKey.raw);
    expect(toHex(opened.secret.reveal())).toBe(toHex(seed.reveal()));
    expect(signingKey(opened.secret).kid).toBe(kid);
  });

  test("a symmetric key has neither key id nor public key", () => {
    const file = sealKeyFile({ purpose: "root", secret: generateSeed(), createdAt }, passphrase);
    expect(openKeyFile(file, passphrase)).toMatchObject({ purpose: "root", kid: null, publicKey: null });
  });

  test("a channel key file holds an X25519 seed", () => {
    const key = channelKey(seed);
    const input = { purpose: "channel", publicKey: key.publicRaw, kid: key.kid, secret: seed, createdAt };
    expect(channelKey(openKeyFile(sealKeyFile(input, passphrase), passphrase).secret).kid).toBe(key.kid);
  });

  test("the header is readable without the passphrase and shows nothing secret", () => {
    expect(readKeyFileHeader(text)).toEqual({
      v: 1,
      type: "sigil-sealed-key",
      purpose: "log",
      kid,
      publicKey: parsed.publicKey,
      createdAt,
      kdf: { name: "scrypt", logN: 12, r: 8, p: 1, salt: parsed.kdf.salt },
      aead: "A256GCM",
    });
  });

  test("a wrong passphrase and a damaged file are one error to the caller, and two to the log", () => {
    const wrong = errorOf(() => openKeyFile(text, Secret.from(utf8("wrong"))));
    const damaged = errorOf(() =>
      openKeyFile(changed({ createdAt: "2026-11-22T12:00:01.000Z" }), passphrase),
    );
    expect(wrong).toMatchObject({ code: "sealed-file-refused", cause: { code: "passphrase-wrong" } });
    expect(damaged).toMatchObject({ code: "sealed-file-refused", cause: { code: "sealed-file-damaged" } });
    expect(wrong.message).toBe(damaged.message);
  });

  test.each([
    ["purpose", "record"],
    ["kid", null],
    ["publicKey", null],
    ["createdAt", "2026-11-22T12:00:01.000Z"],
  ])("a changed %s is damage", (field, value) => {
    const error = errorOf(() => openKeyFile(changed({ [field]: value }), passphrase));
    expect(error).toMatchObject({ code: "sealed-file-refused", cause: { code: "sealed-file-damaged" } });
  });

  test.each([
    ["not JSON", "nonsense"],
    ["an array", "[]"],
    ["null", "null"],
    ["an unknown field", changed({ extra: 1 })],
    ["another type", changed({ type: "other" })],
    ["padding in the sealed bytes", changed({ sealed: `${parsed.sealed}=` })],
    ["a short salt", changed({ kdf: { ...parsed.kdf, salt: "AAAA" } })],
    ["an unknown kdf field", changed({ kdf: { ...parsed.kdf, extra: 1 } })],
    ["a missing field", JSON.stringify({ ...parsed, check: undefined })],
    ["more than 16384 characters", `${" ".repeat(16_385)}${text}`],
  ])("%s is malformed", (_, file) => {
    expect(codeOf(() => openKeyFile(file, passphrase))).toBe("sealed-file-malformed");
    expect(codeOf(() => readKeyFileHeader(file))).toBe("sealed-file-malformed");
  });

  test("a later version is named", () => {
    expect(codeOf(() => openKeyFile(changed({ v: 2 }), passphrase))).toBe("sealed-file-version");
  });

  test.each([11, 21, 12.5, -1])("scrypt with logN %d is refused, in a file too", (logN) => {
    const params = { logN, r: 8, p: 1 };
    expect(codeOf(() => sealKeyFile({ purpose: "x", secret: seed, createdAt }, passphrase, params))).toBe(
      "kdf-parameters",
    );
    const code = codeOf(() => openKeyFile(changed({ kdf: { ...parsed.kdf, logN } }), passphrase));
    expect(["kdf-parameters", "sealed-file-malformed"]).toContain(code);
  });

  test("no flipped bit of the file goes unnoticed", () => {
    const bytes = utf8(text);
    for (let bit = 0; bit < 8 * bytes.length; bit += 13) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
      // A dearer logN is a legal file that opens to nothing; it only takes long to say so.
      const file = new TextDecoder().decode(flipped);
      if (/"logN": 1[^2]|"p": [^1]/.test(file)) continue;
      expect(String(codeOf(() => openKeyFile(file, passphrase)))).toMatch(/^(sealed-file|kdf)/);
    }
  });

  test("no message quotes the text of the file", () => {
    const secretText = "sup3r-s3cret-not-json";
    let message = "";
    try {
      openKeyFile(secretText, passphrase);
    } catch (error) {
      message = `${(error as Error).message} ${String((error as Error).cause)}`;
    }
    expect(message).not.toBe("");
    expect(message).not.toContain("sup3r");
  });
});
