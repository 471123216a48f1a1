// Commits in a thread of their own: what readers see of a long one, and of a thread that dies.
import { join } from "node:path";
import Database from "better-sqlite3";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Committer } from "../src/store/committer.ts";
import { DATABASE } from "../src/store/exclusive.ts";
import { SqliteStorage } from "../src/store/sqlite.ts";
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

test("a file that does not open refuses the commit by the engine's code, and the next commit opens it", async () => {
  const file = join(home.folder, "late.db");
  const committer = new Committer(file);
  const birth = {
    meta: { origin: "x", epoch: 0, keyCheck: new Uint8Array(32), createdAt: "" },
    kek: { id: "kek", wrapped: new Uint8Array(60), createdAt: "", active: true },
  };
  const checkpoint = { size: 0, root: new Uint8Array(32), note: "late" };
  const batch = { leaves: [], nodes: [], checkpoint, idempotency: [], birth };
  await expect(committer.commit(batch)).rejects.toMatchObject({ code: "SQLITE_CANTOPEN" });
  const storage = SqliteStorage.open(file, { create: true });
  await committer.commit(batch);
  expect((await storage.checkpoint())?.note).toBe("late");
  await committer.close();
  await storage.close();
});
