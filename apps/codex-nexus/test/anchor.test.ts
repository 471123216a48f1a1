import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { AnchorKeeper } from "../src/domain/anchor-keeper.ts";
import { FileAnchor } from "../src/store/anchor-file.ts";
import { memory } from "./support/drafts.ts";
import { temporaryHome } from "./support/home.ts";
import { bootstrapped, opened } from "./support/store.ts";

const folder = mkdtempSync(join(tmpdir(), "sigil-anchor-"));
afterAll(() => rmSync(folder, { recursive: true }));

const until = async (condition: () => boolean, ms: number) => {
  const end = performance.now() + ms;
  while (!condition() && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 5));
  return condition();
};

describe("the anchor", () => {
  test("is replaced as a whole and leaves nothing beside it", async () => {
    const path = join(folder, "deep/checkpoint");
    const file = new FileAnchor(path);
    expect(await file.read()).toBeUndefined();
    await file.write("one");
    await file.write("two");
    expect(await file.read()).toBe("two");
    expect(readdirSync(join(folder, "deep"))).toEqual(["checkpoint"]);
  });

  test("that the disk refuses is named, and the one before stays whole", async () => {
    const path = join(folder, "refused/checkpoint");
    const file = new FileAnchor(path);
    await file.write("one");
    mkdirSync(`${path}.next`);
    await expect(file.write("two")).rejects.toMatchObject({ code: "anchor-unwritable" });
    expect(await file.read()).toBe("one");
    await expect(new FileAnchor(folder).read()).rejects.toMatchObject({ code: "anchor-unreadable" });
  });

  test("follows within a second, skips what is overtaken, and is level after a flush", async () => {
    const written: string[] = [];
    const keeper = new AnchorKeeper(
      { read: async () => undefined, write: async (note) => void written.push(note) },
      () => {},
    );
    for (let n = 0; n <= 100; n += 1) keeper.follow(`note ${n}`);
    expect(await until(() => written.at(-1) === "note 100", 1000)).toBe(true);
    for (let n = 101; n <= 200; n += 1) keeper.follow(`note ${n}`);
    expect(keeper.behindSeconds).toBeGreaterThan(0);
    await keeper.flush();
    expect(written.at(-1)).toBe("note 200");
    expect(written.length).toBeLessThan(10);
    expect(keeper.behindSeconds).toBe(0);
  });

  test("is written by one hand at a time, also while a flush waits for the write before it", async () => {
    let writing = 0;
    let most = 0;
    const written: string[] = [];
    const slow = {
      read: async () => undefined,
      async write(note: string) {
        writing += 1;
        most = Math.max(most, writing);
        await new Promise((resolve) => setTimeout(resolve, 60));
        writing -= 1;
        written.push(note);
      },
    };
    const keeper = new AnchorKeeper(slow, () => undefined);
    keeper.follow("one");
    await until(() => writing === 1, 2000);
    // Longer ago than the interval, so that what follows would be written at once.
    await new Promise((resolve) => setTimeout(resolve, 20));
    keeper.follow("two");
    await keeper.flush();
    await new Promise((resolve) => setTimeout(resolve, 700));
    expect(most).toBe(1);
    expect(written).toEqual(["one", "two"]);
  });

  test("that cannot be written is reported, stays behind, and is tried again", async () => {
    let broken = true;
    const errors: unknown[] = [];
    const written: string[] = [];
    const write = async (note: string) => {
      if (broken) throw new Error("EROFS");
      written.push(note);
    };
    const keeper = new AnchorKeeper({ read: async () => undefined, write }, (error) => errors.push(error));
    keeper.follow("note");
    expect(await until(() => errors.length > 0, 2000)).toBe(true);
    expect(keeper.behindSeconds).toBeGreaterThan(0);
    broken = false;
    expect(await until(() => written.length > 0, 2000)).toBe(true);
    expect(keeper.behindSeconds).toBe(0);
  });

  test("of a running store is at most a second behind the log", async () => {
    const home = temporaryHome();
    await bootstrapped(home);
    const store = await opened(home);
    const { checkpoint } = await store.nexus.append({ records: [memory("x")] });
    expect(await until(() => readFileSync(home.anchor, "utf8") === checkpoint.note, 1000)).toBe(true);
    await store.close();
    home.remove();
  });

  test("of another history of the same size is an alarm", async () => {
    const home = temporaryHome();
    await bootstrapped(home);
    const file = join(home.data, "nexus.db");
    const [database, genesisAnchor] = [readFileSync(file), readFileSync(home.anchor)];
    let store = await opened(home);
    await store.nexus.append({ records: [memory("one history")] });
    await store.close();
    const anchor = readFileSync(home.anchor);
    writeFileSync(file, database);
    writeFileSync(home.anchor, genesisAnchor);
    store = await opened(home);
    expect(store.nexus.alarm).toBeUndefined();
    await store.nexus.append({ records: [memory("another history")] });
    await store.close();
    writeFileSync(home.anchor, anchor);
    store = await opened(home);
    expect(store.nexus.alarm).toMatchObject({ code: "rollback-detected" });
    await expect(store.nexus.append({ records: [memory("x")] })).rejects.toMatchObject({
      code: "store-read-only",
    });
    await store.close();
    expect(readFileSync(home.anchor)).toEqual(anchor);
    home.remove();
  });
});
