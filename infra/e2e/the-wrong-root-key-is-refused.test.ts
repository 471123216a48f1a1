import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { MACHINE_SCRYPT, openKeyFile, sealKeyFile, sha256, toHex } from "@sigil/crypto";
import { afterAll, describe, expect, test } from "vitest";
import { secretOf } from "./keys.ts";
import { Runtime, temporaryHome } from "./runtime.ts";

const place = temporaryHome("root");
const other = temporaryHome("other");
afterAll(() => {
  place.remove();
  other.remove();
});

const digest = (home: string) => toHex(sha256(readFileSync(join(home, "data/nexus.db"))));

describe("the wrong root key", () => {
  test("the wrong root key is refused before anything is written", async () => {
    for (const home of [place.home, other.home]) await (await Runtime.start(home)).stop();
    const before = digest(place.home);
    // The other home's root key, sealed anew so that everything opens and only the key itself is wrong for this store.
    const file = "keys/codex-nexus/root.key";
    const foreign = openKeyFile(
      readFileSync(join(other.home, file), "utf8"),
      secretOf(other.home, "codex-nexus"),
    );
    const sealed = { purpose: "root", secret: foreign.secret, createdAt: new Date().toISOString() };
    writeFileSync(
      join(place.home, file),
      sealKeyFile(sealed, secretOf(place.home, "codex-nexus"), MACHINE_SCRYPT),
    );
    await expect(Runtime.start(place.home)).rejects.toThrow(/root-key-wrong/);
    expect(digest(place.home)).toBe(before);
  });

  test("a sealed key that its secret does not open stops the start with a named error", async () => {
    copyFileSync(join(other.home, "secrets/mmf.secret"), join(other.home, "secrets/sigilderg.secret"));
    await expect(Runtime.start(other.home)).rejects.toThrow(/key-secret-wrong/);
  });
});
