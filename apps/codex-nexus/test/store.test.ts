import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CanonRecord,
  completeDraft,
  openCheckpoint,
  type TrustFile,
  verifierKey,
  verifyBundle,
  verifyConsistency,
} from "@sigil/canon";
import { fromBase64url, randomBytes, toBase64url } from "@sigil/crypto";
import Database from "better-sqlite3";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wholeBundle } from "./support/bundle.ts";
import { entry, memory, outcome, tagged } from "./support/drafts.ts";
import { temporaryHome } from "./support/home.ts";
import { bootstrapped, type OpenedStore, opened, pinnedOf } from "./support/store.ts";

const home = temporaryHome();
let store: OpenedStore;
let genesis = "";
/** The machine's clock, which tests turn. */
let now = 0;
beforeAll(async () => {
  genesis = await bootstrapped(home);
  // Not before the records of the bootstrap, which the store's clock never goes back behind.
  now = Date.now();
  store = await opened(home, { clock: () => now });
});
afterAll(async () => {
  await store.close();
  home.remove();
});

const append = (...records: Parameters<typeof store.nexus.append>[0]["records"]) =>
  store.nexus.append({ records });
const refused = (code: string) => expect.objectContaining({ code });

describe("append", () => {
  test("places a draft at the end of its stream and reads it back verified", async () => {
    const draft = memory("first", { stream: "memory/placing" });
    const { records, replayed } = await append(draft);
    expect(replayed).toBe(false);
    expect(records).toMatchObject([{ id: draft.id, stream: "memory/placing", seq: 0 }]);
    const read = await store.nexus.read(draft.id, "Observer");
    expect(read.signed.record).toMatchObject({ ...draft, v: 1, seq: 0, prev: null });
    expect(read).toMatchObject({ rh: records[0]?.hash, ch: records[0]?.ch, index: records[0]?.index });
  });

  test("chains the records of a request, and of requests side by side, without gaps", async () => {
    const stream = "memory/chain";
    const requests = Array.from({ length: 30 }, (_, n) =>
      append(memory(`${n} a`, { stream }), memory(`${n} other`), memory(`${n} b`, { stream })),
    );
    await Promise.all(requests);
    const page = await store.nexus.query({ stream, order: "asc", limit: 200 }, "Root");
    expect(page.records).toHaveLength(60);
    let prev: string | null = null;
    for (const [seq, { signed, rh }] of page.records.entries()) {
      expect(signed.record).toMatchObject({ seq, prev });
      prev = rh;
    }
  });

  test("refuses a request whole: one record too many, and none of it is stored", async () => {
    const good = memory("good");
    const taken = memory("taken");
    await append(taken);
    await expect(append(good, { ...memory("again"), id: taken.id })).rejects.toEqual(
      refused("record-id-taken"),
    );
    await expect(append(good, good)).rejects.toEqual(refused("record-id-taken"));
    await expect(store.nexus.read(good.id, "Root")).rejects.toEqual(refused("not-found"));
    expect((await append(good)).records).toHaveLength(1);
  });

  test("refuses by name what no store may hold", async () => {
    const wrong: [string, ReturnType<typeof memory>][] = [
      ["payload-invalid", { ...memory("x"), payload: { text: "no type" } }],
      ["payload-invalid", { ...memory("x"), payload: { ...memory("x").payload, more: 1 } }],
      ["author-not-allowed", memory("x", { space: "system" })],
      ["author-not-allowed", memory("x", { stream: "system/policy" })],
      ["record-invalid", memory("x", { stream: "Not An Identifier" })],
      ["record-invalid", { ...memory("x"), more: 1 } as never],
    ];
    const before = store.nexus.checkpoint.size;
    for (const [code, draft] of wrong) await expect(append(draft)).rejects.toEqual(refused(code));
    const second = { ...entry("second", "genesis"), kind: "system.genesis" as const };
    await expect(append(second)).rejects.toEqual(refused("payload-invalid"));
    expect(store.nexus.checkpoint.size).toBe(before);
  });

  test("takes a complete record at the tip of its stream only", async () => {
    const stream = "run/complete";
    const ts = new Date(now).toISOString();
    const at = (seq: number, prev: string | null): CanonRecord =>
      completeDraft(memory("complete", { stream }), { seq, prev, ts });
    const first = await append(at(0, null));
    const tip = first.records[0]?.hash as string;
    for (const wrong of [at(0, null), at(2, tip), at(1, genesis)]) {
      await expect(append(wrong)).rejects.toEqual(refused("prev-not-tip"));
    }
    expect((await append(at(1, tip))).records).toMatchObject([{ seq: 1, ts }]);
  });

  test("refuses a complete record more than 300 s from its clock", async () => {
    for (const seconds of [-301, 301]) {
      const ts = new Date(now + seconds * 1000).toISOString();
      const record = completeDraft(memory("late", { stream: "run/late" }), { seq: 0, prev: null, ts });
      await expect(append(record)).rejects.toEqual(refused("record-time"));
    }
  });

  test("refuses what had to land before a time at that very millisecond, and lands it one before", async () => {
    now += 1000;
    const stamp = (ms: number) => new Date(now + ms).toISOString();
    const late = { records: [memory("late")], require: { before: stamp(0) } };
    await expect(store.nexus.append(late)).rejects.toEqual(refused("too-late"));
    await expect(store.nexus.read(late.records[0]?.id ?? "", "Root")).rejects.toEqual(refused("not-found"));
    const { records } = await store.nexus.append({ ...late, require: { before: stamp(1) } });
    expect(records[0]?.ts).toBe(stamp(0));
  });

  test("lands one of many requests at once that require the same tip of another stream", async () => {
    const [watched, stream] = ["memory/watched", "memory/required"];
    const { records } = await append(memory("tip", { stream: watched }));
    const tips = [
      { stream: watched, prev: records[0]?.hash ?? null },
      { stream, prev: null },
    ];
    const all = await Promise.allSettled(
      Array.from({ length: 20 }, () =>
        store.nexus.append({ records: [memory("one", { stream })], require: { tips } }),
      ),
    );
    const refusals = all.flatMap((each) => (each.status === "rejected" ? [each.reason.code] : []));
    expect([refusals.length, new Set(refusals)]).toEqual([19, new Set(["prev-not-tip"])]);
    await append(memory("moved", { stream: watched }));
    const moved = store.nexus.append({ records: [memory("two")], require: { tips: tips.slice(0, 1) } });
    await expect(moved).rejects.toEqual(refused("prev-not-tip"));
  });

  test("times never go back, though the clock does", async () => {
    const stream = "memory/clock";
    await append(memory("before", { stream }));
    now -= 3_600_000;
    const { records } = await append(memory("after", { stream }));
    now += 3_600_000;
    const page = await store.nexus.query({ stream, order: "asc", limit: 2 }, "Root");
    const [before, after] = page.records.map(({ signed }) => signed.record.ts);
    expect(after).toBe(records[0]?.ts);
    expect(String(after) >= String(before)).toBe(true);
  });

  test("proves that the log extends what the caller knew, and refuses to write for another log", async () => {
    const { size, root } = store.nexus.checkpoint;
    const { checkpoint, consistency } = await store.nexus.append(
      { records: [memory("x"), memory("y")] },
      { size, root },
    );
    verifyConsistency({
      size1: size,
      root1: root,
      size2: checkpoint.size,
      root2: checkpoint.root,
      proof: [...consistency],
    });
    const log = verifierKey(home.origin, home.keys.log.publicKey.raw);
    expect(openCheckpoint(checkpoint.note, home.origin, log)).toMatchObject({ size: checkpoint.size });
    const forked = store.nexus.append({ records: [memory("z")] }, { size, root: randomBytes(32) });
    await expect(forked).rejects.toEqual(refused("checkpoint-inconsistent"));
    const ahead = store.nexus.append({ records: [memory("z")] }, { size: size + 1000, root });
    await expect(ahead).rejects.toEqual(refused("checkpoint-inconsistent"));
    expect(store.nexus.checkpoint.size).toBe(checkpoint.size);
  });
});

describe("idempotency", () => {
  const request = (key: string, text: string, principal = "alice") => {
    const decision = uuidv7();
    const note = memory(text, { author: { principal: "alice", loa: "Operator", decision } });
    const records = [note, outcome(decision, home.keys.sigilderg.service)];
    return { records, idempotency: { principal, key } };
  };

  test("a repeated write under its key answers what the first one answered, decided anew or not", async () => {
    const first = await store.nexus.append(request("key-1", "once"));
    const again = await store.nexus.append(request("key-1", "once"));
    expect(again).toMatchObject({ replayed: true, records: first.records });
    expect(store.nexus.checkpoint.size).toBe(first.checkpoint.size);
  });

  test("fifty writes side by side under one key have one effect", async () => {
    const before = store.nexus.checkpoint.size;
    const all = await Promise.all(
      Array.from({ length: 50 }, () => store.nexus.append(request("key-50", "race"))),
    );
    expect(new Set(all.map(({ records }) => JSON.stringify(records))).size).toBe(1);
    expect(all.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(store.nexus.checkpoint.size).toBe(before + 2);
  });

  test("the same key with other content is a conflict; of another principal, another key", async () => {
    await store.nexus.append(request("key-2", "this"));
    await expect(store.nexus.append(request("key-2", "that"))).rejects.toEqual(
      refused("idempotency-conflict"),
    );
    expect(await store.nexus.append(request("key-2", "that", "bob"))).toMatchObject({ replayed: false });
  });

  test("a key that was pointed at another record by hand answers nothing", async () => {
    const victim = await store.nexus.append(request("key-4", "mine"));
    await store.close();
    const database = new Database(join(home.data, "nexus.db"));
    database
      .prepare("UPDATE idempotency SET first_leaf = 0 WHERE first_leaf = ?")
      .run(victim.records[0]?.index);
    database.close();
    store = await opened(home, { clock: () => now });
    await expect(store.nexus.append(request("key-4", "mine"))).rejects.toEqual(refused("record-damaged"));
  });

  test("keys outlive a restart", async () => {
    const first = await store.nexus.append(request("key-3", "kept"));
    await store.close();
    store = await opened(home, { clock: () => now });
    expect(await store.nexus.append(request("key-3", "kept"))).toMatchObject({
      replayed: true,
      records: first.records,
    });
  });
});

describe("reading", () => {
  test("a reader sees its own level and below, and cannot tell a hidden record from none", async () => {
    const stream = "memory/levels";
    const levels = ["Guest", "Observer", "Operator", "Mentor", "Root"] as const;
    const drafts = levels.map((loa) => memory(loa, { stream, loa }));
    await append(...drafts);
    for (const [at, reader] of levels.entries()) {
      const page = await store.nexus.query({ stream, order: "asc", limit: 10 }, reader);
      expect(page.records.map(({ signed }) => signed.record.loa)).toEqual(levels.slice(0, at + 1));
      for (const [n, { id }] of drafts.entries()) {
        const outcomes = await Promise.allSettled([
          store.nexus.read(id, reader),
          wholeBundle(store.nexus.bundle([id], reader)),
        ]);
        const answers = outcomes.map((each) => (each.status === "fulfilled" ? "shown" : each.reason.code));
        expect(answers).toEqual(n <= at ? ["shown", "shown"] : ["not-found", "not-found"]);
      }
    }
  });

  test("finds by tag and principal without a word of either in the file", async () => {
    const canary = `canary-${toBase64url(randomBytes(9)).toLowerCase().replaceAll(/[_-]/g, "x")}`;
    const draft = tagged("tagged", [canary], {
      author: { principal: canary, loa: "Operator" },
      stream: `memory/${canary}`,
    });
    await append(draft);
    for (const query of [{ tag: canary }, { principal: canary }, { stream: `memory/${canary}` }]) {
      const page = await store.nexus.query({ ...query, order: "asc", limit: 10 }, "Observer");
      expect(page.records.map(({ signed }) => signed.record.id)).toEqual([draft.id]);
    }
    for (const file of readdirSync(home.data)) {
      expect({ file, found: readFileSync(`${home.data}/${file}`).includes(canary) }).toEqual({
        file,
        found: false,
      });
    }
  });

  test("pages continue where they ended, while records are added", async () => {
    const stream = "memory/pages";
    await append(...Array.from({ length: 25 }, (_, n) => memory(`${n}`, { stream })));
    const query = { stream, order: "desc", limit: 10 } as const;
    const seen: number[] = [];
    let cursor: string | null = null;
    do {
      const page = await store.nexus.query({ ...query, ...(cursor === null ? {} : { cursor }) }, "Observer");
      seen.push(...page.records.map(({ signed }) => signed.record.seq));
      cursor = page.next;
      await append(memory("meanwhile", { stream }));
    } while (cursor !== null);
    expect(seen).toEqual(Array.from({ length: 25 }, (_, n) => 24 - n));
  });

  test("a cursor serves the filter, order and level that it was issued for, and no other", async () => {
    const stream = "memory/pages";
    const query = { stream, order: "asc", limit: 5 } as const;
    const { next } = await store.nexus.query(query, "Observer");
    const cursor = next as string;
    expect((await store.nexus.query({ ...query, limit: 7, cursor }, "Observer")).records).toHaveLength(7);
    const bytes = fromBase64url(cursor);
    bytes[7] = (bytes[7] ?? 0) ^ 1;
    const misuses = [
      [{ ...query, stream: "memory/levels", cursor }, "Observer"],
      [{ ...query, order: "desc", cursor }, "Observer"],
      [{ ...query, tag: "x", cursor }, "Observer"],
      [{ ...query, cursor }, "Root"],
      [{ ...query, cursor: toBase64url(bytes) }, "Observer"],
      [{ ...query, cursor: "AAAA" }, "Observer"],
      [{ ...query, cursor: "not base64url!" }, "Observer"],
    ] as const;
    for (const [misuse, loa] of misuses) {
      await expect(store.nexus.query(misuse, loa)).rejects.toEqual(refused("cursor-invalid"));
    }
  });

  test("a bundle verifies offline under the trust file of its home", async () => {
    const drafts = [memory("one"), memory("two")];
    await append(...drafts);
    const ids = drafts.map(({ id }) => id);
    const bundle = await wholeBundle(store.nexus.bundle([...ids, ...ids], "Observer"));
    expect(bundle.entries).toHaveLength(2);
    const trust: TrustFile = {
      v: 1,
      type: "sigil-trust",
      runtimeId: home.runtimeId,
      origin: home.origin,
      epochs: [{ epoch: 0, origin: home.origin, from: 0 }],
      keys: { ...pinnedOf(home), issuer: [] },
      genesis,
      quorum: { mode: "solo", ceremony: null },
    };
    expect(verifyBundle(bundle, trust)).toMatchObject({ verdict: "verified" });
    expect(verifyBundle(bundle, undefined)).toMatchObject({ verdict: "unpinned" });
  });
});
