// The writer when the engine below it fails, lies or is slow. The engine is the real one behind a switch.
import { readdirSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { StoreError } from "../src/domain/error.ts";
import type { CodexNexus } from "../src/domain/nexus.ts";
import { openStore } from "../src/domain/opening.ts";
import type { CommitBatch, Storage } from "../src/domain/storage.ts";
import { FileAnchor } from "../src/store/anchor-file.ts";
import { openExclusively } from "../src/store/exclusive.ts";
import { memory } from "./support/drafts.ts";
import { type TestHome, temporaryHome } from "./support/home.ts";
import { bootstrapped, pinnedOf, QUIET } from "./support/store.ts";
import { verified } from "./support/verify.ts";

type Commit = (batch: CommitBatch) => Promise<void>;

let home: TestHome;
let nexus: CodexNexus;
let release: () => void;
/** What stands between the writer and the engine's commit. */
let between: (commit: Commit) => Commit;
/** What the engine's attempts to write fail with, while there is something. */
let full: StoreError | undefined;
let batches: number[] = [];

beforeEach(async () => {
  home = temporaryHome();
  await bootstrapped(home);
  between = (commit) => commit;
  full = undefined;
  batches = [];
  const exclusive = openExclusively(home.data);
  release = exclusive.release;
  const { storage } = exclusive;
  const switched: Storage = new Proxy(storage, {
    get(target, name) {
      if (name === "commit") return (batch: CommitBatch) => between((b) => target.commit(b))(batch);
      if (name === "tryWriting" && full !== undefined) return () => Promise.reject(full);
      const value: unknown = Reflect.get(target, name);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  nexus = await openStore({
    storage: switched,
    keys: home.keys,
    origin: home.origin,
    anchor: new FileAnchor(home.anchor),
    pinned: pinnedOf(home),
    clock: Date.now,
    queueLimit: 300,
    events: { ...QUIET, committed: ({ records }) => batches.push(records) },
  });
});
afterEach(async () => {
  await nexus.close();
  release();
  home.remove();
});

const append = (count = 1, stream = "memory/alice") =>
  nexus.append({ records: Array.from({ length: count }, (_, n) => memory(`${n}`, { stream })) });
const failure = () => new StoreError("commit-failed", "the disk is full");

describe("group commit", () => {
  test("what queues while a commit runs lands in the next one, at most 256 records together", async () => {
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    between = (commit) => async (batch) => {
      await gate;
      await commit(batch);
    };
    const first = append();
    await new Promise((resolve) => setTimeout(resolve, 20));
    const rest = [...Array.from({ length: 20 }, () => append(10)), append(60), append(1)];
    go();
    await Promise.all([first, ...rest]);
    expect(batches).toEqual([1, 200, 61]);
  });

  test("beyond the queue's limit a request is refused at once with Retry-After, and those before it land", async () => {
    const requests = [append(200), append(100), append(1)];
    await expect(requests[2]).rejects.toMatchObject({ code: "queue-full", extras: { retryAfter: 1 } });
    const [first, second] = await Promise.all(requests.slice(0, 2));
    expect([first?.records.length, second?.records.length]).toEqual([200, 100]);
    expect(nexus.queued).toBe(0);
    expect((await append()).records).toHaveLength(1);
  });

  test("a request that is refused takes nobody of its batch with it", async () => {
    const twin = memory("twin");
    const all = await Promise.allSettled([
      nexus.append({ records: [twin] }),
      nexus.append({ records: [{ ...memory("other"), id: twin.id }] }),
      append(),
    ]);
    expect(all.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(batches).toEqual([2]);
  });
});

describe("a commit that fails", () => {
  test("refuses everything of its batch with one clear error, and the next write works", async () => {
    between = () => () => Promise.reject(failure());
    const before = nexus.checkpoint;
    const results = await Promise.allSettled([append(), append(3)]);
    for (const result of results) {
      expect(result).toMatchObject({ status: "rejected", reason: { code: "store-unwritable" } });
    }
    expect(nexus.checkpoint).toMatchObject({ size: before.size, note: before.note });
    between = (commit) => commit;
    const { records } = await append();
    expect(records).toMatchObject([{ index: before.size, seq: 0 }]);
    expect((await verified(home, home.data)).findings).toEqual([]);
  });

  test("and is on disk all the same is found there: no index and no position is given twice", async () => {
    between = (commit) => async (batch) => {
      await commit(batch);
      throw failure();
    };
    await expect(append(2)).rejects.toMatchObject({ code: "store-unwritable" });
    between = (commit) => commit;
    const { records } = await append();
    expect(records).toMatchObject([{ index: 3, seq: 2 }]);
    expect((await verified(home, home.data)).findings).toEqual([]);
  });

  test("and was persisted is answered under its idempotency key as if it had not failed", async () => {
    between = (commit) => async (batch) => {
      await commit(batch);
      throw failure();
    };
    const draft = memory("persisted");
    const request = { records: [draft], idempotency: { principal: "alice", key: "k" } };
    await expect(nexus.append(request)).rejects.toMatchObject({ code: "store-unwritable" });
    between = (commit) => commit;
    const again = await nexus.append({ ...request, records: [memory("persisted")] });
    expect(again).toMatchObject({ replayed: true, records: [{ id: draft.id }] });
  });
});

describe("a store whose commits fail", () => {
  test("says since when and why, counts what it refused, and is well with the next commit that lands", async () => {
    full = failure();
    between = () => () => Promise.reject(failure());
    expect(nexus.unwritable).toBeUndefined();
    for (const refused of [1, 2]) {
      await expect(append()).rejects.toMatchObject({ code: "store-unwritable" });
      expect(nexus.unwritable).toMatchObject({
        refused,
        detail: expect.stringContaining("the disk is full"),
      });
    }
    between = (commit) => commit;
    await append();
    expect(nexus.unwritable).toBeUndefined();
  });

  test("tries by itself, and is well when a write would land, without anybody having written", async () => {
    const before = nexus.checkpoint;
    full = new StoreError("commit-failed", "still full");
    between = () => () => Promise.reject(failure());
    await expect(append()).rejects.toMatchObject({ code: "store-unwritable" });
    await expect.poll(() => nexus.unwritable?.detail, { timeout: 10_000 }).toContain("still full");
    full = undefined;
    await expect.poll(() => nexus.unwritable, { timeout: 10_000 }).toBeUndefined();
    expect(nexus.checkpoint).toEqual(before);
    expect(readdirSync(home.data).filter((name) => name.includes("trial"))).toEqual([]);
    expect((await verified(home, home.data)).findings).toEqual([]);
  });

  test("is not said to be one for a request that could not be planned", async () => {
    await append();
    await expect(nexus.append({ records: [memory("\ud800")] })).rejects.toMatchObject({
      code: "record-invalid",
    });
    expect(nexus.unwritable).toBeUndefined();
  });
});

test("after closing, a write is refused and not forgotten", async () => {
  await nexus.close();
  await expect(append()).rejects.toMatchObject({ code: "service-draining" });
});
