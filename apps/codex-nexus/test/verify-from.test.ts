// A verification from a checkpoint: what it looks at, what it takes from the prefix, and what it refuses to believe.
import { copyFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { signCheckpoint } from "@sigil/canon";
import { generateSeed, signingKey } from "@sigil/crypto";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { memory, tagged } from "./support/drafts.ts";
import { temporaryHome } from "./support/home.ts";
import { bootstrapped, opened } from "./support/store.ts";
import { verified as verifiedAt } from "./support/verify.ts";

const home = temporaryHome();
/** Ranges of 64 leaves. */
const LEVEL = 6;
/** Where checkpoints were saved: within a range, at the end of one, within the last, and at the tip. */
const SAVED = [1, 13, 44, 64, 65, 75] as const;
const BETWEEN = SAVED.slice(1, -1);
const SIZE = 75;
/** Bob's records: his first two lie below 44, the others above. */
const BOB = [30, 36, 50, 68];
const notes = new Map<number, string>();

beforeAll(async () => {
  await bootstrapped(home);
  const store = await opened(home);
  const { nexus } = store;
  notes.set(1, nexus.checkpoint.note);
  for (let size = 1; size < SIZE; ) {
    const end = SAVED.find((saved) => saved > size) ?? SIZE;
    const count = end - size;
    const records = Array.from({ length: count }, (_, n) =>
      BOB.includes(size + n) ? memory("bob's", { stream: "memory/bob" }) : tagged(`note ${n}`, ["all"]),
    );
    await nexus.append({ records });
    size += count;
    notes.set(size, nexus.checkpoint.note);
  }
  await store.close();
}, 60_000);
afterAll(() => home.remove());

const verified = (...[of, folder, options]: Parameters<typeof verifiedAt>) =>
  verifiedAt(of, folder, { level: LEVEL, ...options });

let copies = 0;

function changed(sql: string, ...values: number[]): string {
  copies += 1;
  const folder = join(home.folder, `from-copy-${copies}`);
  mkdirSync(folder);
  copyFileSync(join(home.data, "nexus.db"), join(folder, "nexus.db"));
  const database = new Database(join(folder, "nexus.db"));
  database.prepare(sql).run(...values);
  database.close();
  return folder;
}

const noteAt = (size: number) => notes.get(size) as string;
const FLIPPED = "UPDATE leaves SET ct = zeroblob(200) WHERE leaf_index = ?";

describe("a verification from a checkpoint", () => {
  test.each(SAVED)("looks at the leaves from %i on, and rebuilds the root of the tip", async (from) => {
    for (const keyless of [false, true]) {
      for (const threads of ["none", 0] as const) {
        const report = await verified(home, home.data, { keyless, threads, from: noteAt(from) });
        expect(report).toMatchObject({ ok: true, from, records: SIZE - from, size: SIZE, findings: [] });
      }
    }
  });

  test("is the same on several threads", async () => {
    const folder = changed(FLIPPED, 70);
    const one = await verified(home, folder, { threads: 0, from: noteAt(13) });
    expect(one.findings).toMatchObject([
      { index: 70, check: "decrypt" },
      { index: 70, check: "ciphertext-hash" },
    ]);
    expect(await verified(home, folder, { threads: 2, from: noteAt(13) })).toEqual(one);
  }, 60_000);

  test.each(BETWEEN)("from %i names damage above, and says nothing of damage below", async (from) => {
    const above = changed(FLIPPED, from);
    const below = changed(FLIPPED, from - 3);
    for (const how of [{ threads: "none" }, { threads: 0 }, { threads: 0, keyless: true }] as const) {
      const { findings } = await verified(home, above, { ...how, from: noteAt(from) });
      expect(findings.at(-1)).toMatchObject({ index: from, check: "ciphertext-hash" });
      expect(await verified(home, below, { ...how, from: noteAt(from) })).toMatchObject({ ok: true, from });
    }
    const whole = await verified(home, below, { threads: 0, keyless: true });
    expect(whole).toMatchObject({ ok: false, from: 0, findings: [{ index: from - 3 }] });
  });

  test.each([
    [3, 44, 5],
    [5, 44, 1],
    [6, 44, 0],
    [2, 44, 12],
  ])("finds a changed node %i/… over leaves from %i on", async (level, from, at) => {
    const folder = changed(
      "UPDATE nodes SET hash = zeroblob(32) WHERE level = ? AND node_index = ?",
      level,
      at,
    );
    for (const threads of ["none", 0] as const) {
      const { findings } = await verified(home, folder, { threads, from: noteAt(from) });
      expect(findings).toMatchObject([{ index: null, check: "tree" }]);
    }
  });

  test("holds the first record of a stream against its last one below the checkpoint", async () => {
    const from = noteAt(44);
    const missed = changed("DELETE FROM leaves WHERE leaf_index = ?", 36);
    for (const threads of ["none", 0] as const) {
      const { findings } = await verified(home, missed, { threads, from });
      expect(findings).toMatchObject([{ index: 50, check: "chain" }]);
    }
    // The row that a link rests on has to be in the log that the checkpoint signs.
    const edited = changed("UPDATE leaves SET rh = zeroblob(32) WHERE leaf_index = ?", 36);
    const { findings } = await verified(home, edited, { from });
    expect(findings).toMatchObject([{ index: 36, check: "ciphertext-hash" }]);
    // Without keys streams are not followed.
    expect(await verified(home, missed, { keyless: true, from })).toMatchObject({ ok: true });
  });

  test("that another log's key signed is refused by name", async () => {
    const root = new Uint8Array(32);
    const forged = signCheckpoint({ origin: home.origin, size: 44, root }, signingKey(generateSeed()));
    const foreign = signCheckpoint({ origin: "sigil.local/log/other", size: 44, root }, home.keys.log);
    for (const from of [forged, foreign, "no note", ""]) {
      await expect(verified(home, home.data, { from })).rejects.toMatchObject({ code: "checkpoint-foreign" });
    }
  });

  test("finds changed leaf hashes of the block that is being filled", async () => {
    const folder = changed("UPDATE checkpoint SET pending = zeroblob(length(pending))");
    for (const threads of ["none", 0] as const) {
      const { findings } = await verified(home, folder, { threads, from: noteAt(64) });
      const each = Array.from({ length: SIZE - 64 }, (_, n) => ({ index: 64 + n, check: "tree" }));
      expect(findings).toMatchObject(each);
    }
  });

  test("that the store does not go on from is a finding, and every record is looked at", async () => {
    const { origin, keys } = home;
    const fork = signCheckpoint({ origin, size: 44, root: new Uint8Array(32).fill(1) }, keys.log);
    const longer = signCheckpoint({ origin, size: SIZE + 1, root: new Uint8Array(32) }, keys.log);
    for (const from of [fork, longer]) {
      const report = await verified(home, home.data, { from });
      expect(report).toMatchObject({ ok: false, from: 0, records: SIZE });
      expect(report.findings).toMatchObject([{ index: null, check: "checkpoint-inconsistent" }]);
    }
    // So does damage of the nodes that the proof rests on: nothing is skipped that is not proved.
    const folder = changed("DELETE FROM nodes WHERE level = ? AND node_index = ?", 5, 0);
    const report = await verified(home, folder, { from: noteAt(44) });
    expect(report).toMatchObject({ from: 0, records: SIZE });
    expect(report.findings.map(({ check }) => check)).toEqual(["checkpoint-inconsistent", "tree"]);
  });
});
