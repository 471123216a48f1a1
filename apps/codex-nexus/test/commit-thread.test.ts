// Commits in a thread of their own: what readers see of a long one, and of a thread that dies.
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DATABASE } from "../src/store/exclusive.ts";
import { memory } from "./support/drafts.ts";
import { type TestHome, temporaryHome } from "./support/home.ts";
import { bootstrapped, type OpenedStore, opened } from "./support/store.ts";
import { verified } from "./support/verify.ts";

let home: TestHome;
let store: OpenedStore;

beforeEach(async () => {
  home = temporaryHome();
  await bootstrapped(home);
  store = await opened(home, {}, { threaded: true });
});
afterEach(async () => {
  await store.close();
  home.remove();
});

const append = (...texts: string[]) => store.nexus.append({ records: texts.map((text) => memory(text)) });

test("reads never wait for writes: while a commit waits for the file, records are read and listed", async () => {
  const first = await append("one", "two");
  // SQLite waits up to five seconds for whoever holds the write lock.
  const other = new Database(join(home.data, DATABASE));
  other.exec("BEGIN IMMEDIATE");
  let landed = false;
  const write = append("three").then((appended) => {
    landed = true;
    return appended;
  });
  try {
    // Long enough that the commit has reached the lock.
    await new Promise((resolve) => setTimeout(resolve, 300));
    for (const { id } of first.records)
      expect((await store.nexus.read(id, "Root")).signed.record.id).toBe(id);
    const page = await store.nexus.query({ order: "desc", limit: 10 }, "Root");
    expect(page.records.map(({ index }) => index)).toEqual([2, 1, 0]);
    expect(landed, "the commit was still waiting").toBe(false);
  } finally {
    other.exec("ROLLBACK");
    other.close();
  }
  expect((await write).records).toMatchObject([{ index: 3, seq: 2 }]);
  expect((await verified(home, home.data)).findings).toEqual([]);
});

test("a commit that finds the file locked for too long is refused, and the next write works", async () => {
  await append("one");
  const other = new Database(join(home.data, DATABASE));
  other.exec("BEGIN IMMEDIATE");
  await expect(append("two")).rejects.toMatchObject({ code: "store-unwritable" });
  other.exec("ROLLBACK");
  other.close();
  expect((await append("three")).records).toMatchObject([{ index: 2, seq: 1 }]);
  expect((await verified(home, home.data)).findings).toEqual([]);
}, 20_000);
