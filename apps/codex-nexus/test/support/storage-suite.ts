// What every engine behind the storage interface must do. One suite, run against each implementation.
import { randomBytes } from "@sigil/crypto";
import { v7 as uuidv7 } from "uuid";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { CommitBatch, NewLeaf, Storage } from "../../src/domain/storage.ts";

export interface StorageUnderTest {
  readonly storage: Storage;
  /** Closes the engine and opens it again on what it has made durable. */
  reopen(): Promise<Storage>;
  remove(): Promise<void>;
}

const bytes = (value: Uint8Array) => Uint8Array.from(value);

export function leaf(index: number, fields: Partial<NewLeaf> = {}): NewLeaf {
  return {
    index,
    id: uuidv7(),
    kind: "memory.block",
    space: "user",
    loa: "Observer",
    ts: "2026-11-22T12:00:00.000Z",
    kekId: "kek",
    wrappedDek: randomBytes(60),
    ct: randomBytes(200),
    rh: randomBytes(32),
    stream: randomBytes(16),
    principal: randomBytes(16),
    tags: [],
    ...fields,
  };
}

export function batch(leaves: NewLeaf[], fields: Partial<CommitBatch> = {}): CommitBatch {
  const size = (leaves.at(-1)?.index ?? -1) + 1;
  return {
    leaves,
    nodes: leaves.map(({ index }) => ({ level: 0, index, hash: randomBytes(32) })),
    checkpoint: { size, root: randomBytes(32), note: `note ${size}` },
    idempotency: [],
    ...fields,
  };
}

export const birth = {
  meta: {
    origin: "sigil.local/log/x",
    epoch: 0,
    keyCheck: randomBytes(32),
    createdAt: "2026-11-22T12:00:00.000Z",
  },
  kek: { id: "kek", wrapped: randomBytes(60), createdAt: "2026-11-22T12:00:00.000Z", active: true },
};

export function storageSuite(name: string, open: () => Promise<StorageUnderTest>): void {
  describe(`storage: ${name}`, () => {
    let under: StorageUnderTest;
    let storage: Storage;
    beforeEach(async () => {
      under = await open();
      storage = under.storage;
    });
    afterEach(() => under.remove());

    test("is empty before its first commit", async () => {
      expect(await storage.meta()).toBeUndefined();
      expect(await storage.leafById(uuidv7())).toBeUndefined();
    });

    test("gives back every part of a commit, also after it was opened again", async () => {
      const stream = randomBytes(16);
      const first = leaf(0, { stream, tags: [randomBytes(16), randomBytes(16)] });
      const second = leaf(1, { stream, wrappedDek: null });
      const named = {
        key: randomBytes(32),
        fingerprint: randomBytes(32),
        first: 0,
        count: 2,
        mac: randomBytes(32),
      };
      const committed = batch([first, second], { birth, idempotency: [named] });
      await storage.commit(committed);
      const again = await under.reopen();
      const { tags: _first, ...row } = first;
      const { tags: _second, ...erased } = second;
      const plain = (value: object | undefined) =>
        value &&
        Object.fromEntries(
          Object.entries(value).map(([k, v]) => [k, v instanceof Uint8Array ? bytes(v) : v]),
        );
      expect(plain(await again.meta())).toEqual(birth.meta);
      expect((await again.keks()).map(plain)).toEqual([birth.kek]);
      expect(plain(await again.checkpoint())).toEqual(committed.checkpoint);
      expect(plain(await again.leaf(0))).toEqual(row);
      expect(plain(await again.leafById(second.id))).toEqual(erased);
      expect([await again.taken([first.id]), await again.taken([uuidv7()])]).toEqual([[first.id], []]);
      const asked = [uuidv7(), second.id, first.id, uuidv7()];
      expect(new Set(await again.taken(asked))).toEqual(new Set([first.id, second.id]));
      expect(plain(await again.streamTip(stream))).toEqual(erased);
      expect(await again.streamLength(stream)).toBe(2);
      expect(plain(await again.idempotency(named.key))).toEqual(named);
      const keys = [
        { level: 0, index: 1 },
        { level: 7, index: 0 },
        { level: 0, index: 0 },
      ];
      const [at1, none, at0] = await again.nodes(keys);
      expect([at1 && bytes(at1), none, at0 && bytes(at0)]).toEqual([
        committed.nodes[1]?.hash,
        undefined,
        committed.nodes[0]?.hash,
      ]);
    });

    test("a commit that breaks a rule leaves nothing of itself behind", async () => {
      const one = leaf(0);
      await storage.commit(batch([one], { birth }));
      for (const bad of [
        [leaf(1), leaf(2, { id: one.id })],
        [leaf(1), leaf(0)],
      ]) {
        await expect(storage.commit(batch(bad))).rejects.toMatchObject({ code: "commit-failed" });
      }
      expect((await storage.checkpoint())?.size).toBe(1);
      expect(await storage.leaf(1)).toBeUndefined();
      await storage.commit(batch([leaf(1)]));
      expect((await storage.checkpoint())?.size).toBe(2);
    });

    test("an attempt to write changes nothing", async () => {
      await storage.commit(batch([leaf(0)], { birth }));
      const before = await storage.checkpoint();
      await storage.tryWriting(100_000);
      expect(await (await under.reopen()).checkpoint()).toEqual(before);
    });

    test("a page ends with the row that makes it too large, and goes on after it", async () => {
      const leaves = [10, 10, 10, 100, 1].map((size, index) => leaf(index, { ct: randomBytes(size) }));
      await storage.commit(batch(leaves, { birth }));
      const page = async (bytes: number, after?: number) => {
        const more = after === undefined ? {} : { after };
        const rows = await storage.page({ loas: ["Observer"], order: "asc", limit: 4, bytes, ...more });
        return rows.map(({ index }) => index);
      };
      expect([await page(20), await page(19), await page(0), await page(1000)]).toEqual([
        [0, 1, 2],
        [0, 1],
        [0],
        [0, 1, 2, 3],
      ]);
      expect(await page(20, 2)).toEqual([3]);
      expect(await page(100, 2)).toEqual([3, 4]);
    });

    test("a store is born once", async () => {
      await storage.commit(batch([leaf(0)], { birth }));
      await expect(storage.commit(batch([leaf(1)], { birth }))).rejects.toMatchObject({
        code: "commit-failed",
      });
    });

    test("pages hold exactly what matches every filter, in log order, from either end", async () => {
      const [alice, bob] = [randomBytes(16), randomBytes(16)];
      const streams = [randomBytes(16), randomBytes(16)] as const;
      const tags = [randomBytes(16), randomBytes(16)] as const;
      const leaves = Array.from({ length: 60 }, (_, index) =>
        leaf(index, {
          principal: index % 2 === 0 ? alice : bob,
          stream: streams[index % 3 === 0 ? 0 : 1],
          kind: index % 5 === 0 ? "run.output" : "memory.block",
          space: index % 7 === 0 ? "system" : "user",
          loa: index % 4 === 0 ? "Mentor" : "Observer",
          tags: index % 6 === 0 ? [...tags] : index % 3 === 1 ? [tags[0]] : [],
        }),
      );
      await storage.commit(batch(leaves, { birth }));
      const all = ["Guest", "Observer", "Operator", "Mentor", "Root"];
      const filters = [
        [{}, () => true],
        [{ principal: alice }, (n: number) => n % 2 === 0],
        [{ stream: streams[0] }, (n: number) => n % 3 === 0],
        [{ tag: tags[1] }, (n: number) => n % 6 === 0],
        [{ tag: tags[0], principal: bob }, (n: number) => (n % 6 === 0 || n % 3 === 1) && n % 2 === 1],
        [{ kinds: ["run.output"] }, (n: number) => n % 5 === 0],
        [{ kinds: ["run.output", "memory.block"], space: "system" }, (n: number) => n % 7 === 0],
        [{ loas: ["Guest", "Observer"] }, (n: number) => n % 4 !== 0],
        [
          { stream: streams[1], principal: bob, kinds: ["memory.block"], tag: tags[0] },
          (n: number) => n % 3 === 1 && n % 2 === 1 && n % 5 !== 0,
        ],
      ] as const;
      for (const [filter, matches] of filters) {
        const expected = leaves.map(({ index }) => index).filter(matches);
        for (const order of ["asc", "desc"] as const) {
          const found: number[] = [];
          for (;;) {
            const after = found.at(-1);
            const query = {
              loas: all,
              ...filter,
              order,
              limit: 7,
              ...(after === undefined ? {} : { after }),
            };
            const page = await storage.page(query);
            found.push(...page.map(({ index }) => index));
            if (page.length < 7) break;
          }
          expect(found).toEqual(order === "asc" ? expected : expected.toReversed());
        }
      }
    });
  });
}
