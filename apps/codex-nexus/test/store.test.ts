import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { memory } from "./support/drafts.ts";
import { temporaryHome } from "./support/home.ts";
import { bootstrapped, type OpenedStore, opened } from "./support/store.ts";

const home = temporaryHome();
let store: OpenedStore;
beforeAll(async () => {
  await bootstrapped(home);
  store = await opened(home);
});
afterAll(async () => {
  await store.close();
  home.remove();
});

describe("a store", () => {
  test("places a draft at the end of its stream and reads it back verified", async () => {
    const draft = memory("first");
    const { records, replayed } = await store.nexus.append({ records: [draft] });
    expect(replayed).toBe(false);
    expect(records).toMatchObject([{ id: draft.id, index: 1, stream: "memory/alice", seq: 0 }]);
    const read = await store.nexus.read(draft.id, "Observer");
    expect(read.signed.record).toMatchObject({ ...draft, v: 1, seq: 0, prev: null });
    expect(read.rh).toBe(records[0]?.hash);
  });
});
