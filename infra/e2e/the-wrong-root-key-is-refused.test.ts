import { copyFileSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sha256, toHex } from "@sigil/crypto";
import { afterAll, describe, expect, test } from "vitest";
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
    // The other home's whole key folder: every sealed file opens, and only the root key is wrong for this store.
    for (const file of [
      "keys/codex-nexus/root.key",
      "keys/codex-nexus/record.key",
      "keys/codex-nexus/log.key",
      "keys/codex-nexus/channel.key",
      "secrets/codex-nexus.secret",
    ])
      copyFileSync(join(other.home, file), join(place.home, file));
    await expect(Runtime.start(place.home)).rejects.toThrow(/root-key-wrong/);
    expect(digest(place.home)).toBe(before);
  });

  test("a sealed key that its secret does not open stops the start with a named error", async () => {
    copyFileSync(join(other.home, "secrets/mmf.secret"), join(other.home, "secrets/sigilderg.secret"));
    await expect(Runtime.start(other.home)).rejects.toThrow(/passphrase-wrong/);
  });
});
