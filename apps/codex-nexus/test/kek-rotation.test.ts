import { createHash } from "node:crypto";
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { KEK_WRAP_LIMIT } from "../src/domain/kek.ts";
import { DATABASE } from "../src/store/exclusive.ts";
import { memory } from "./support/drafts.ts";
import { type TestHome, temporaryHome } from "./support/home.ts";
import { bootstrapped, type OpenedStore, opened } from "./support/store.ts";
import { verified } from "./support/verify.ts";

const refused = (code: string) => expect.objectContaining({ code });
let home: TestHome;
let store: OpenedStore;
beforeEach(async () => {
  home = temporaryHome();
  await bootstrapped(home);
  store = await opened(home);
});
afterEach(async () => {
  await store.close();
  home.remove();
});

async function write(count: number): Promise<string[]> {
  const records = Array.from({ length: count }, (_, n) => memory(`text ${n}`));
  await store.nexus.append({ records });
  return records.map(({ id }) => id);
}

/** Everything of every row but the wrapped key and its KEK, and the log. */
function untouched(): string {
  const db = new Database(join(home.data, DATABASE), { readonly: true });
  const rows = db
    .prepare(
      "SELECT leaf_index, id, kind, space, loa, ts, rh, stream, principal, ct FROM leaves ORDER BY leaf_index",
    )
    .raw()
    .all();
  const nodes = db.prepare("SELECT * FROM nodes ORDER BY level, node_index").raw().all();
  const checkpoint = db.prepare("SELECT note FROM checkpoint").pluck().get();
  db.close();
  return createHash("sha256")
    .update(JSON.stringify([rows, nodes, checkpoint]))
    .digest("hex");
}
const wrapped = () => {
  const db = new Database(join(home.data, DATABASE), { readonly: true });
  const keys = db.prepare("SELECT wrapped_dek FROM leaves ORDER BY leaf_index").pluck().all() as Buffer[];
  db.close();
  return keys.map((key) => key.toString("hex"));
};

describe("rotating the key-encryption key", () => {
  test("wraps every key anew, touches no ciphertext and no leaf, and destroys the old key", async () => {
    const ids = await write(250);
    await write(250);
    const before = { rest: untouched(), keys: wrapped(), uses: await store.nexus.keks.uses() };
    expect(before.uses).toMatchObject([{ active: true, live: 501, wraps: 501 }]);
    const id = await store.nexus.keks.begin(Date.now());
    await store.nexus.keks.settled();
    expect(await store.nexus.keks.uses()).toMatchObject([
      { id, active: true, live: 501, wraps: 501, walked: 501 },
    ]);
    expect(id).not.toBe(before.uses[0]?.id);
    expect(untouched()).toBe(before.rest);
    const after = wrapped();
    expect(after.filter((key, n) => key === before.keys[n])).toEqual([]);
    for (const each of ids) expect((await store.nexus.read(each, "Observer")).signed.record.id).toBe(each);
    expect((await verified(home, home.data)).findings).toEqual([]);
  });

  test("records are written and read while keys are wrapped anew, and a second rotation waits", async () => {
    const ids = await write(256);
    await write(256);
    await store.nexus.keks.begin(Date.now());
    await expect(store.nexus.keks.begin(Date.now())).rejects.toEqual(refused("rotation-running"));
    const during = await Promise.all([write(10), write(10), store.nexus.read(ids[3] ?? "", "Observer")]);
    await store.nexus.keks.settled();
    const [use, ...others] = await store.nexus.keks.uses();
    expect(others).toEqual([]);
    expect(use?.live).toBe(533);
    for (const each of [...during[0], ...during[1], ...ids]) await store.nexus.read(each, "Observer");
  });

  test("a rotation that was cut off goes on when the store opens again", async () => {
    const ids = await write(256);
    await write(256);
    await write(256);
    await store.nexus.keks.begin(Date.now());
    await store.close();
    const db = new Database(join(home.data, DATABASE), { readonly: true });
    const live = db.prepare("SELECT live FROM keks WHERE live > 0").pluck().all() as number[];
    db.close();
    expect(live).toHaveLength(2);
    store = await opened(home);
    await store.nexus.keks.settled();
    expect(await store.nexus.keks.uses()).toMatchObject([{ active: true, live: 769, walked: 769 }]);
    for (const each of ids) await store.nexus.read(each, "Observer");
  });

  test("a key that does not open keeps the old KEK, and verify names the record", async () => {
    const ids = await write(3);
    await store.close();
    const db = new Database(join(home.data, DATABASE));
    db.prepare("UPDATE leaves SET wrapped_dek = randomblob(60) WHERE id = ?").run(ids[1]);
    db.close();
    store = await opened(home);
    await store.nexus.keks.begin(Date.now());
    await store.nexus.keks.settled();
    expect((await store.nexus.keks.uses()).map(({ live }) => live)).toEqual([1, 3]);
    await expect(store.nexus.read(ids[1] ?? "", "Observer")).rejects.toEqual(refused("record-damaged"));
    const { findings } = await verified(home, home.data);
    expect(findings).toMatchObject([{ id: ids[1], check: "wrapped-dek" }]);
  });

  test("a KEK at its AES-GCM limit wraps nothing more until it is rotated", async () => {
    await store.close();
    const db = new Database(join(home.data, DATABASE));
    db.prepare("UPDATE keks SET wraps = ?, counted = (SELECT size FROM checkpoint)").run(KEK_WRAP_LIMIT - 1);
    db.close();
    expect(KEK_WRAP_LIMIT).toBeLessThan(2 ** 32);
    store = await opened(home);
    await write(1);
    await expect(write(1)).rejects.toEqual(refused("kek-exhausted"));
    await store.nexus.keks.begin(Date.now());
    await store.nexus.keks.settled();
    await write(1);
  });
});
