import { newSalt, type RecordDraft } from "@sigil/canon";
import { v7 as uuidv7 } from "uuid";
import { beforeAll, describe, expect, it } from "vitest";
import type { Authority } from "../src/domain/authority.ts";
import type { Store } from "../src/domain/records/store.ts";

const ALICE: Authority = { principal: "alice", loa: "Operator", decision: uuidv7() };

function block(fields: Partial<RecordDraft> & { text?: string; tags?: string[] } = {}): RecordDraft {
  const { text = "a note", tags = [], ...rest } = fields;
  return {
    id: uuidv7(),
    kind: "memory.block",
    space: "user",
    stream: `memory/${uuidv7()}`,
    loa: "Observer",
    author: { principal: "alice", loa: "Operator" },
    links: [],
    salt: newSalt(),
    payload: { type: "episodic", text, tags, visibility: "private" },
    ...rest,
  };
}

/** What the control plane relies on in a store, whatever implements it. */
export function storeSuite(name: string, open: () => Promise<Store>): void {
  describe(`store (${name})`, () => {
    let store: Store;
    beforeAll(async () => {
      store = await open();
    });

    it("a batch lands whole, in order, and reads back as it was written", async () => {
      const stream = `memory/${uuidv7()}`;
      const drafts = [block({ stream, text: "first" }), block({ stream, text: "second" })];
      const { records, replayed } = await store.append({ records: drafts }, ALICE);
      expect(replayed).toBe(false);
      expect(records.map(({ id, seq }) => [id, seq])).toEqual(drafts.map(({ id }, seq) => [id, seq]));
      expect(records[1]?.index).toBe((records[0]?.index ?? 0) + 1);
      const stored = await store.read(drafts[1]?.id ?? "", ALICE);
      expect(stored?.signed.record).toMatchObject({ ...drafts[1], seq: 1, prev: records[0]?.hash });
      expect(stored?.rh).toBe(records[1]?.hash);
    });

    it("a batch with a record that cannot land leaves nothing", async () => {
      const good = block();
      const twice = block();
      await store.append({ records: [twice] }, ALICE);
      await expect(store.append({ records: [good, twice] }, ALICE)).rejects.toMatchObject({
        code: "record-id-taken",
      });
      expect(await store.read(good.id, ALICE)).toBeUndefined();
    });

    it("a repeated idempotency key gets the first answer and writes nothing", async () => {
      const idempotency = { principal: "alice", key: uuidv7() };
      const draft = block();
      const first = await store.append({ records: [draft], idempotency }, ALICE);
      const again = await store.append({ records: [draft], idempotency }, ALICE);
      expect(again).toEqual({ records: first.records, replayed: true });
    });

    it("an idempotency key that stands for other content is refused, and nothing lands", async () => {
      const idempotency = { principal: "alice", key: uuidv7() };
      await store.append({ records: [block()], idempotency }, ALICE);
      const other = block();
      const again = store.append({ records: [block(), other], idempotency }, ALICE);
      await expect(again).rejects.toMatchObject({ code: "idempotency-conflict" });
      expect(await store.read(other.id, ALICE)).toBeUndefined();
    });

    it("a record above the reader's level is not there for it", async () => {
      const stream = `memory/${uuidv7()}`;
      const high = block({ loa: "Mentor", stream });
      await store.append({ records: [high] }, ALICE);
      expect(await store.read(high.id, ALICE)).toBeUndefined();
      expect((await store.query({ stream, order: "asc", limit: 10 }, ALICE)).records).toEqual([]);
      expect(await store.read(high.id, { ...ALICE, loa: "Mentor" })).toBeDefined();
    });

    it("pages follow each other without a gap or a repeat, in both orders", async () => {
      const stream = `memory/${uuidv7()}`;
      const drafts = Array.from({ length: 5 }, () => block({ stream }));
      await store.append({ records: drafts }, ALICE);
      for (const order of ["asc", "desc"] as const) {
        const ids: string[] = [];
        let cursor: string | undefined;
        do {
          const page = await store.query(
            { kind: "memory.block", stream, order, limit: 2, ...(cursor === undefined ? {} : { cursor }) },
            ALICE,
          );
          ids.push(...page.records.map(({ signed }) => signed.record.id));
          cursor = page.next ?? undefined;
        } while (cursor !== undefined);
        const expected = drafts.map(({ id }) => id);
        expect(ids).toEqual(order === "asc" ? expected : expected.toReversed());
      }
    });

    it("a cursor is good for its own query and level alone", async () => {
      const stream = `memory/${uuidv7()}`;
      await store.append({ records: [block({ stream }), block({ stream })] }, ALICE);
      const asked = { stream, order: "asc", limit: 1 } as const;
      const cursor = (await store.query(asked, ALICE)).next ?? "";
      expect((await store.query({ ...asked, cursor }, ALICE)).records).toHaveLength(1);
      for (const other of [
        { ...asked, tag: "x" },
        { ...asked, order: "desc" as const },
      ])
        await expect(store.query({ ...other, cursor }, ALICE)).rejects.toMatchObject({
          code: "cursor-invalid",
        });
      await expect(store.query({ ...asked, cursor }, { ...ALICE, loa: "Mentor" })).rejects.toMatchObject({
        code: "cursor-invalid",
      });
    });

    it("a tag finds exactly the records that carry it", async () => {
      const stream = `memory/${uuidv7()}`;
      const [tagged, other] = [block({ stream, tags: ["rust"] }), block({ stream, tags: ["go"] })];
      await store.append({ records: [tagged, other] }, ALICE);
      const { records } = await store.query({ stream, tag: "rust", order: "asc", limit: 10 }, ALICE);
      expect(records.map(({ signed }) => signed.record.id)).toEqual([tagged.id]);
    });

    it("what requires a tip that is another by now is refused, and nothing lands", async () => {
      const stream = `memory/${uuidv7()}`;
      const tips = (prev: string | null) => ({ tips: [{ stream, prev }] });
      const first = await store.append({ records: [block({ stream })], require: tips(null) }, ALICE);
      const late = block({ stream });
      const stale = store.append({ records: [late], require: tips(null) }, ALICE);
      await expect(stale).rejects.toMatchObject({ code: "prev-not-tip" });
      expect(await store.read(late.id, ALICE)).toBeUndefined();
      await store.append({ records: [late], require: tips(first.records[0]?.hash ?? null) }, ALICE);
      expect(await store.read(late.id, ALICE)).toBeDefined();
    });

    it("of fifty at once that require one tip, one lands", async () => {
      const stream = `memory/${uuidv7()}`;
      const require = { tips: [{ stream, prev: null }] };
      const all = await Promise.allSettled(
        Array.from({ length: 50 }, () => store.append({ records: [block({ stream })], require }, ALICE)),
      );
      expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
      expect((await store.query({ stream, order: "asc", limit: 10 }, ALICE)).records).toHaveLength(1);
    });

    it("what must land before a time is refused at it, by the store's clock, and nothing lands", async () => {
      const [late, early] = [block(), block()];
      const past = store.append({ records: [late], require: { before: new Date().toISOString() } }, ALICE);
      await expect(past).rejects.toMatchObject({ code: "too-late" });
      expect(await store.read(late.id, ALICE)).toBeUndefined();
      const before = new Date(Date.now() + 60_000).toISOString();
      expect((await store.append({ records: [early], require: { before } }, ALICE)).records).toHaveLength(1);
    });

    it("what landed before is answered again, whatever it required", async () => {
      const stream = `memory/${uuidv7()}`;
      const batch = {
        records: [block({ stream })],
        idempotency: { principal: "alice", key: uuidv7() },
        require: { tips: [{ stream, prev: null }] },
      };
      const first = await store.append(batch, ALICE);
      expect(await store.append(batch, ALICE)).toEqual({ records: first.records, replayed: true });
    });

    it("what is not there reads as nothing", async () => {
      expect(await store.read(uuidv7(), ALICE)).toBeUndefined();
    });
  });
}
