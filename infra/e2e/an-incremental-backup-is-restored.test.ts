import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Runtime, sigil, temporaryHome } from "./runtime.ts";

const place = temporaryHome("incremental");
afterAll(() => place.remove());

describe("incremental backup", () => {
  test("a backup and two segments, made while the runtime writes, erases and rotates, are the same log elsewhere", async () => {
    const first = await Runtime.start(place.home);
    const [base, one, two] = ["base.db", "one.seg", "two.seg"].map((name) => join(place.parent, name));
    const kept = await first.json("memory", "write", "kept through all of it");
    const gone = await first.json("memory", "write", "to be forgotten");
    await first.json("store", "backup", base as string);
    await first.json("memory", "forget", gone.id, "--yes");
    await first.json("key", "rotate", "kek", "--wait");
    const segment = await first.json("store", "backup", one as string, "--since", base as string);
    expect(segment.since).toMatchObject({ file: base });
    const last = await first.json("memory", "write", "after the first segment");
    const tip = await first.json("store", "backup", two as string, "--since", one as string);
    await first.stop();

    const other = join(place.parent, "other");
    mkdirSync(other, { mode: 0o700 });
    for (const name of ["keys", "secrets", "trust.json", "licences", "sigil.toml"])
      cpSync(join(place.home, name), join(other, name), { recursive: true });
    const gap = await sigil(other, ["store", "restore", base as string, "--segment", two as string]);
    expect([gap.code, gap.stderr]).toEqual([1, expect.stringContaining("segment-gap")]);
    const segments = [one, two].flatMap((file) => ["--segment", file as string]);
    const restored = await sigil(other, ["store", "restore", base as string, ...segments, "--json"]);
    expect(restored.code, restored.stderr).toBe(0);
    expect(JSON.parse(restored.stdout)).toMatchObject({ from: tip.size });

    const second = await Runtime.start(other);
    try {
      for (const { id } of [kept, last]) await second.json("memory", "get", id);
      const forgotten = await second.cli("memory", "get", gone.id);
      expect([forgotten.code, forgotten.stderr]).toEqual([1, expect.stringContaining("erased")]);
      expect((await second.json("canon", "verify")).findings).toEqual([]);
      const epochs = await second.json("canon", "list", "--kind", "system.epoch");
      const root = Buffer.from(tip.root.slice("sha256:".length), "hex").toString("base64");
      expect(epochs.records[0].signed.record.payload.restored.split("\n")[2]).toBe(root);
    } finally {
      await second.stop();
    }
  });
});
