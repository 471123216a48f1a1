import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { generateSeed, signingKey, toBase64url } from "@sigil/crypto";
import { afterAll, describe, expect, test } from "vitest";
import { Runtime, sigil, temporaryHome } from "./runtime.ts";

const place = temporaryHome("restore-lockdown");
afterAll(() => place.remove());

describe("a restore", () => {
  test("a store that was restored on another machine reads, and writes only after a Root has left lockdown", async () => {
    const first = await Runtime.start(place.home);
    const written = await first.json("memory", "write", "in the backup");
    const backup = join(place.parent, "backup.db");
    expect((await first.cli("store", "backup", backup)).code).toBe(0);
    await first.json("memory", "write", "after the backup");
    await first.stop();
    const other = join(place.parent, "other");
    mkdirSync(other, { mode: 0o700 });
    for (const name of ["keys", "secrets", "trust.json", "licences", "sigil.toml"])
      cpSync(join(place.home, name), join(other, name), { recursive: true });
    const restored = await sigil(other, ["store", "restore", backup, "--json"]);
    expect(restored.code, restored.stderr).toBe(0);
    const second = await Runtime.start(other);
    try {
      expect(JSON.stringify(await second.json("memory", "get", written.id))).toContain("in the backup");
      const refused = await second.cli("memory", "write", "too early");
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("locked-down")]);
      const { lockdown } = await second.json("lockdown", "status");
      expect(lockdown).toMatchObject({ by: "codex-nexus", reason: expect.stringContaining("epoch 1") });
      expect((await second.cli("status")).stdout).toContain("locked-down");
      await second.json("lockdown", "leave", "--reason", "the restore was checked");
      await second.json("memory", "write", "and on it goes");
      expect((await second.json("canon", "verify")).findings).toEqual([]);
    } finally {
      await second.stop();
    }
  });

  test("a client key that was revoked stays refused although the restore lost its enrolment", async () => {
    const home = join(place.parent, "keys");
    const backup = join(place.parent, "before-the-key.db");
    const runtime = await Runtime.start(home);
    try {
      expect((await runtime.cli("store", "backup", backup)).code).toBe(0);
      const key = toBase64url(signingKey(generateSeed()).publicKey.raw);
      const add = ["client-key", "add", "--principal", "ci", "--public-key", key];
      const { kid } = await runtime.json(...add);
      await runtime.json("client-key", "revoke", kid, "--reason", "it leaked");
      await runtime.stop();
      const restored = await sigil(home, ["store", "restore", backup, "--json"]);
      expect(JSON.parse(restored.stdout).reapplied).toEqual({ erasures: 0, revocations: 1 });
      await runtime.start();
      await runtime.json("lockdown", "leave", "--reason", "the restore was checked");
      const again = await runtime.cli(...add);
      expect([again.code, again.stderr]).toEqual([1, expect.stringContaining("client-key-known")]);
      const { keys } = await runtime.json("client-key", "list");
      expect(keys).toMatchObject([{ kid, principal: "ci", state: "revoked", publicKey: null, routes: [] }]);
      expect((await runtime.cli("client-key", "list")).stdout).toContain(kid);
    } finally {
      await runtime.stop();
    }
  });
});
