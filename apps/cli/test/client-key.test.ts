import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  generateSeed,
  MACHINE_SCRYPT,
  readKeyFileHeader,
  Secret,
  sealKeyFile,
  seedToPem,
  signingKey,
  utf8,
} from "@sigil/crypto";
import { describe, expect, test } from "vitest";
import { clientKeyOf, sealedClientKey } from "../src/domain/client-key.ts";
import { type PassphraseSources, passphraseOf } from "../src/domain/passphrase.ts";
import { readPrivate } from "../src/store/files.ts";
import { codeOf, folder } from "./place.ts";

const seed = generateSeed();
const key = signingKey(seed);
const pem = Buffer.from(seedToPem(seed).reveal()).toString();
const words = "correct horse battery staple";
const secret = async () => Secret.from(utf8(words));
const never = async (): Promise<Secret> => {
  throw new Error("a passphrase was asked for");
};
const sealedAs = (purpose: string) =>
  sealKeyFile(
    {
      purpose,
      secret: seed,
      kid: key.kid,
      publicKey: key.publicKey.raw,
      createdAt: "2026-11-25T12:00:00.000Z",
    },
    Secret.from(utf8(words)),
    MACHINE_SCRYPT,
  );
const opened = (text: string, passphrase = secret) => clientKeyOf("client.key", () => text, passphrase);

describe("a client key file", () => {
  test("opens as PEM without a passphrase, and sealed with its own", async () => {
    expect((await opened(pem, never)).kid).toBe(key.kid);
    expect((await opened(sealedAs("client"))).kid).toBe(key.kid);
  });

  test("of a service, of another passphrase, damaged or no key at all is refused by name", async () => {
    const sealed = sealedAs("client");
    const other = async () => Secret.from(utf8("another passphrase"));
    for (const [text, passphrase, says] of [
      [sealedAs("service"), secret, "a sealed service key"],
      [sealed, other, "does not open"],
      [sealed.replace(/"createdAt": "2026/, '"createdAt": "2025'), secret, "sealed-file-damaged"],
      ["{}", secret, "sealed-file-malformed"],
      ["", never, "key-format"],
    ] as const)
      await expect(opened(text, passphrase), says).rejects.toMatchObject({
        code: "argument-invalid",
        message: expect.stringContaining(says),
      });
  });

  test("is sealed once: its header names the kid, and what is sealed already is refused", async () => {
    const sealed = await sealedClientKey("client.pem", () => pem, secret, new Date());
    expect(readKeyFileHeader(sealed.text)).toMatchObject({
      purpose: "client",
      kid: key.kid,
      kdf: { logN: 17 },
    });
    expect((await opened(sealed.text)).kid).toBe(key.kid);
    const again = sealedClientKey("client.key", () => sealed.text, secret, new Date());
    await expect(again).rejects.toMatchObject({ code: "argument-invalid" });
  });
});

describe("a passphrase", () => {
  const from = (sources: Partial<PassphraseSources>, fresh = false) =>
    passphraseOf({ env: {}, readPrivate, ask: async () => undefined, ...sources }, "client.key", fresh);
  const text = async (promise: Promise<Secret>) => Buffer.from((await promise).reveal()).toString();
  const typed =
    (...answers: string[]) =>
    async () =>
      answers.shift();

  test("comes from the environment, from the first line of a private file, or from who types it", async () => {
    const file = join(folder(), "passphrase");
    writeFileSync(file, `${words}\r\nmore\n`, { mode: 0o600 });
    expect(await text(from({ env: { SIGIL_PASSPHRASE: words } }))).toBe(words);
    expect(await text(from({ env: { SIGIL_PASSPHRASE_FILE: file } }))).toBe(words);
    expect(await text(from({ ask: typed(words) }))).toBe(words);
    expect(await text(from({ ask: typed(words, words) }, true))).toBe(words);
  });

  test("that is missing, empty, too short when new, typed in two ways or readable by others is refused", async () => {
    const file = join(folder(), "passphrase");
    writeFileSync(file, words);
    chmodSync(file, 0o640);
    for (const [sources, fresh, code] of [
      [{}, false, "passphrase-missing"],
      [{ env: { SIGIL_PASSPHRASE: "" } }, false, "passphrase-refused"],
      [{ env: { SIGIL_PASSPHRASE: "fourteen chars" } }, true, "passphrase-refused"],
      [{ ask: typed(words, `${words}.`) }, true, "passphrase-refused"],
      [{ env: { SIGIL_PASSPHRASE_FILE: file } }, false, "passphrase-refused"],
      [{ env: { SIGIL_PASSPHRASE_FILE: `${file}.no` } }, false, "file-not-found"],
    ] as const)
      expect(await codeOf(() => from(sources, fresh)), code).toBe(code);
  });
});
