// A verification in ranges, on one thread or on several, says what one does that looks at each row by itself.
import { copyFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { leafBytes, leafHash, nodeHash } from "@sigil/canon";
import { sha256 } from "@sigil/crypto";
import Database from "better-sqlite3";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { hashRef } from "../src/domain/seal.ts";
import { putLeafHash, putNodeHash } from "../src/domain/verify/leaf-hash.ts";
import { progressLine } from "../src/progress.ts";
import { SqliteInspection } from "../src/store/inspection.ts";
import { memory, tagged } from "./support/drafts.ts";
import { temporaryHome } from "./support/home.ts";
import { bootstrapped, opened } from "./support/store.ts";
import { verified as verifiedAt } from "./support/verify.ts";

const home = temporaryHome();
/** Ranges of 64 leaves: what is decided about one does not hang on its size. */
const LEVEL = 6;
/** Two complete ranges, and one that is not. */
const SIZE = 2 * 2 ** LEVEL + 20;
/** Saved on the way: within each of the ranges, and at the end. */
const checkpoints: string[] = [];

beforeAll(async () => {
  await bootstrapped(home);
  const store = await opened(home);
  const { nexus } = store;
  while (nexus.checkpoint.size < SIZE) {
    const count = Math.min(50, SIZE - nexus.checkpoint.size);
    const records = Array.from({ length: count }, (_, n) => tagged(`note ${n}`, [`tag-${n % 3}`]));
    await nexus.append({ records });
    checkpoints.push(nexus.checkpoint.note);
  }
  await store.close();
}, 60_000);
afterAll(() => home.remove());

const verified = (...[of, folder, options]: Parameters<typeof verifiedAt>) =>
  verifiedAt(of, folder, { level: LEVEL, ...options });

type Sql = Database.Database;
let copies = 0;

function changed(change: (database: Sql) => void): string {
  copies += 1;
  const folder = join(home.folder, `range-copy-${copies}`);
  mkdirSync(folder);
  copyFileSync(join(home.data, "nexus.db"), join(folder, "nexus.db"));
  const database = new Database(join(folder, "nexus.db"));
  change(database);
  database.close();
  return folder;
}

/** What somebody may do to a store with SQL: a place, and the statement that is run for it. */
const leaf = fc.integer({ min: 0, max: SIZE - 1 });
const node = fc.integer({ min: 0, max: 7 }).chain((level) =>
  fc.record({
    level: fc.constant(level),
    at: fc.integer({ min: 0, max: Math.max(0, Math.floor(SIZE / 2 ** level) - 1) }),
  }),
);
const onLeaf = fc
  .record({
    at: leaf,
    sql: fc.constantFrom(
      "UPDATE leaves SET ct = zeroblob(200) WHERE leaf_index = ?",
      "UPDATE leaves SET rh = zeroblob(32) WHERE leaf_index = ?",
      "UPDATE leaves SET rh = zeroblob(31) WHERE leaf_index = ?",
      "UPDATE leaves SET kind = 'record.erased' WHERE leaf_index = ?",
      "UPDATE leaves SET kek_id = 'another' WHERE leaf_index = ?",
      "UPDATE leaves SET wrapped_dek = NULL WHERE leaf_index = ?",
      "UPDATE leaves SET wrapped_dek = zeroblob(60), principal = zeroblob(16) WHERE leaf_index = ?",
      "UPDATE leaves SET wrapped_dek = zeroblob(7) WHERE leaf_index = ?",
      "UPDATE leaves SET stream = zeroblob(16) WHERE leaf_index = ?",
      "UPDATE leaves SET principal = zeroblob(3) WHERE leaf_index = ?",
      "DELETE FROM leaf_tags WHERE leaf_index = ?",
      "DELETE FROM leaves WHERE leaf_index = ?",
      "DELETE FROM leaves WHERE leaf_index >= ?",
    ),
  })
  .map(({ at, sql }) => ({ sql, values: [at] }));
const onNode = fc
  .record({
    place: node,
    sql: fc.constantFrom(
      "UPDATE nodes SET hash = zeroblob(32) WHERE level = ? AND node_index = ?",
      "UPDATE nodes SET hash = zeroblob(31) WHERE level = ? AND node_index = ?",
      "UPDATE nodes SET node_index = node_index + 100000 WHERE level = ? AND node_index = ?",
      "DELETE FROM nodes WHERE level = ? AND node_index = ?",
    ),
  })
  .map(({ place, sql }) => ({ sql, values: [place.level, place.at] }));
const saved = fc.constantFrom(undefined, 0, 1, 2);
const damages = fc.array(fc.oneof(onLeaf, onNode), { minLength: 1, maxLength: 4 });

describe("a verification in ranges", () => {
  test("reports of one thread, of three, and of a look at each row are equal, whatever is damaged", async () => {
    await fc.assert(
      fc.asyncProperty(
        damages,
        fc.constantFrom(true, true, true, false),
        saved,
        async (list, keyless, at) => {
          const folder = changed((db) => {
            for (const { sql, values } of list) db.prepare(sql).run(...values);
          });
          const from = at === undefined ? {} : { from: checkpoints[at] as string };
          const alone = await verified(home, folder, { keyless, threads: "none", ...from });
          expect(await verified(home, folder, { keyless, threads: 0, ...from })).toEqual(alone);
          expect(await verified(home, folder, { keyless, threads: 2, ...from })).toEqual(alone);
          rmSync(folder, { recursive: true });
        },
      ),
      { numRuns: 15, endOnFailure: true },
    );
  }, 180_000);

  test("a sound store is clean on every number of threads, with keys and without", async () => {
    const ways = [
      [false, 2],
      [true, "none"],
      [true, 0],
      [true, 2],
    ] as const;
    for (const [keyless, threads] of ways) {
      const report = await verified(home, home.data, { keyless, threads });
      expect(report).toMatchObject({ ok: true, records: SIZE, size: SIZE, findings: [] });
    }
  }, 60_000);

  test("threads that open the store later than it looked agree while records land and keys rotate", async () => {
    const own = temporaryHome();
    await bootstrapped(own);
    const store = await opened(own);
    const records = () => Array.from({ length: 25 }, (_, n) => memory(`live ${n}`));
    for (let batch = 0; batch < 6; batch += 1) await store.nexus.append({ records: records() });
    const size = store.nexus.checkpoint.size;
    const view = SqliteInspection.open(join(own.data, "nexus.db"));
    expect(await view.end()).toBe(size);
    await store.nexus.append({ records: records() });
    await store.nexus.keks.begin(Date.now());
    await store.nexus.keks.settled();
    const report = await verified(own, own.data, { threads: 2, open: () => view });
    expect(report).toMatchObject({ ok: true, records: size, size, findings: [] });
    await store.close();
    own.remove();
  }, 60_000);

  test("no more than 64 rows are held at a time, however many a range has", async () => {
    for (const [keyless, threads] of [
      [true, 0],
      [false, 0],
      [false, "none"],
    ] as const) {
      const counts: number[] = [];
      const open = () => {
        const inspection = SqliteInspection.open(join(home.data, "nexus.db"));
        const { leaves, sealed } = inspection;
        inspection.leaves = (from, count) => {
          counts.push(count);
          return leaves.call(inspection, from, count);
        };
        inspection.sealed = (from, count) => {
          counts.push(count);
          return sealed.call(inspection, from, count);
        };
        return inspection;
      };
      const report = await verified(home, home.data, { keyless, threads, open, level: 10 });
      expect(report).toMatchObject({ ok: true, records: SIZE });
      expect(Math.max(...counts)).toBe(64);
    }
  });

  test("a thread that cannot start costs nothing but time", async () => {
    const program = new URL("data:text/javascript,throw new Error('no such thread')");
    const folder = changed((db) => db.exec("UPDATE leaves SET rh = zeroblob(32) WHERE leaf_index = 100"));
    const { findings } = await verified(home, folder, { keyless: true, threads: 2, program });
    expect(findings).toMatchObject([{ index: 100, check: "ciphertext-hash" }]);
  });

  test("hashes of leaves and nodes are those of RFC 6962 over the published leaf bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array({ minLength: 64, maxLength: 64 }), (ct, pair) => {
        const [left, right] = [pair.slice(0, 32), pair.slice(32)];
        const out = Buffer.alloc(64);
        putLeafHash(ct, Buffer.from(left), out, 0);
        putNodeHash(Buffer.from(pair), 0, out, 32);
        const expected = leafHash(leafBytes({ ch: hashRef(sha256(ct)), rh: hashRef(left) }));
        expect(out.subarray(0, 32)).toEqual(Buffer.from(expected));
        expect(out.subarray(32)).toEqual(Buffer.from(nodeHash(left, right)));
      }),
    );
  });
});

test("progress is silent for a second and then says at most once a second how far it is", () => {
  const lines: string[] = [];
  let now = 0;
  const progress = progressLine({ write: (line) => lines.push(line) }, () => now);
  for (now = 0; now < 2500; now += 100) progress(now, 10_000);
  expect(lines).toEqual([
    "verified 1000 of 10000 records, 1000 a second\n",
    "verified 2000 of 10000 records, 1000 a second\n",
  ]);
  lines.length = now = 0;
  const reading = progressLine({ write: (line) => lines.push(line) }, () => now, "read");
  for (now = 0; now < 1500; now += 100) reading(now);
  expect(lines).toEqual(["read 1000 lines, 1000 a second\n"]);
});
