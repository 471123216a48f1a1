import { join } from "node:path";
import { completeDraft, decodeEntries } from "@sigil/canon";
import Database from "better-sqlite3";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PAGE_BYTES } from "../src/domain/page-size.ts";
import type { RecordQuery } from "../src/domain/records.ts";
import { DISORDER_MS, leavesWithin } from "../src/domain/time-range.ts";
import { DATABASE } from "../src/store/exclusive.ts";
import { pageSql } from "../src/store/page.ts";
import { entry, memory, tagged } from "./support/drafts.ts";
import { temporaryHome } from "./support/home.ts";
import { bootstrapped, type OpenedStore, opened } from "./support/store.ts";

const DAY = 86_400_000;
const START = Date.parse("2026-12-01T00:00:00.000Z");
const home = temporaryHome();
let store: OpenedStore;
let now = START;
beforeAll(async () => {
  await bootstrapped(home);
  store = await opened(home, { clock: () => now });
  for (let day = 0; day < 30; day += 1) {
    now = START + day * DAY;
    const records = Array.from({ length: 20 }, (_, n) =>
      n % 5 === 0
        ? tagged(`day ${day}`, ["fifth"], { stream: `memory/s${n}`, loa: n === 0 ? "Guest" : "Mentor" })
        : memory(`day ${day} n ${n}`, { stream: `memory/s${n}`, loa: n % 2 === 0 ? "Observer" : "Operator" }),
    );
    await store.nexus.append({ records: [...records, entry(`e${day}`, "text")] });
  }
});
afterAll(async () => {
  await store.close();
  home.remove();
});

const at = (day: number) => new Date(START + day * DAY).toISOString();
async function all(query: Omit<RecordQuery, "order" | "limit">, order: "asc" | "desc" = "asc", limit = 7) {
  const found: string[] = [];
  let cursor: string | null = null;
  do {
    const asked: RecordQuery = { ...query, order, limit, ...(cursor === null ? {} : { cursor }) };
    const page = await store.nexus.query(asked, "Root");
    found.push(...page.records.map(({ signed }) => `${signed.record.ts} ${signed.record.id}`));
    cursor = page.next;
  } while (cursor !== null);
  return found;
}

describe("queries", () => {
  test("a time range gives every record in it and none beside it, in both orders", async () => {
    const everything = await all({}, "asc", 200);
    for (const [since, until] of [
      [at(3), at(5)],
      [at(0), at(1)],
      [at(29), undefined],
      [undefined, at(2)],
      [at(40), undefined],
    ]) {
      const asked = { since, until };
      const expected = everything.filter(
        (line) => (since === undefined || line >= since) && (until === undefined || line < until),
      );
      expect(await all(asked)).toEqual(expected);
      expect(await all(asked, "desc")).toEqual(expected.toReversed());
    }
  });

  test("a time range joins with stream, kind, tag, principal and level", async () => {
    const range = { since: at(10), until: at(20) };
    expect(await all({ ...range, stream: "memory/s3" })).toHaveLength(10);
    expect(await all({ ...range, kind: "canon.entry" })).toHaveLength(10);
    expect(await all({ ...range, tag: "fifth" })).toHaveLength(40);
    expect(await all({ ...range, tag: "fifth", loa: "Guest" })).toHaveLength(10);
    expect(await all({ ...range, principal: "alice", space: "system" })).toHaveLength(10);
  });

  test("a level gives the records of exactly that level, and nothing above the reader's own", async () => {
    expect(await all({ loa: "Guest", tag: "fifth" })).toHaveLength(30);
    expect(await all({ loa: "Operator" })).toHaveLength(30 * 8);
    const above = await store.nexus.query({ loa: "Mentor", order: "asc", limit: 10 }, "Operator");
    expect(above).toEqual({ records: [], next: null });
  });

  test("a cursor is bound to time range, level filter and reader", async () => {
    const query = { since: at(1), loa: "Observer", order: "asc", limit: 5 } as const;
    const { next } = await store.nexus.query(query, "Root");
    const cursor = next ?? "";
    const refused = expect.objectContaining({ code: "cursor-invalid" });
    await store.nexus.query({ ...query, cursor }, "Root");
    for (const other of [{ since: at(2) }, { loa: "Operator" as const }, { until: at(9) }]) {
      await expect(store.nexus.query({ ...query, ...other, cursor }, "Root")).rejects.toEqual(refused);
    }
    await expect(store.nexus.query({ ...query, cursor }, "Mentor")).rejects.toEqual(refused);
  });

  test("a page reads as many rows at any depth as at the start", () => {
    const db = new Database(join(home.data, DATABASE), { readonly: true });
    const steps = (after: number | undefined) => {
      let seen = 0;
      db.function("counted", { deterministic: false }, (value: unknown) => {
        seen += 1;
        return value as string;
      });
      const { sql, values } = pageSql({
        loas: ["Guest", "Observer", "Operator", "Mentor", "Root"],
        order: "asc",
        limit: 20,
        ...(after === undefined ? {} : { after }),
      });
      // Every row that the page looks at passes through the filter on its level.
      db.prepare(sql.replace("+leaves.loa", "counted(leaves.loa)")).all(...values);
      return seen;
    };
    expect(steps(600)).toBe(steps(undefined));
    expect(steps(undefined)).toBe(20);
    db.close();
  });

  test("the range of leaves holds every time within the disorder that the log allows, in logarithmic reads", async () => {
    const size = 100_000;
    let seed = 7;
    const random = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    const times = Array.from({ length: size }, (_, n) => START + n * 1000 + (random() - 0.5) * DISORDER_MS);
    for (const [from, to] of [
      [20_000, 21_000],
      [0, 1],
      [99_000, 100_000],
    ] as const) {
      let reads = 0;
      const since = new Date(START + from * 1000).toISOString();
      const until = new Date(START + to * 1000).toISOString();
      const range = await leavesWithin({ since, until }, size, async (index) => {
        reads += 1;
        return { ts: new Date(times[index] ?? 0).toISOString() };
      });
      const inside = times.flatMap((time, n) =>
        time >= Date.parse(since) && time < Date.parse(until) ? [n] : [],
      );
      expect(inside.every((n) => n >= range.from && n < range.to)).toBe(true);
      expect(range.to - range.from).toBeLessThan(to - from + (4 * DISORDER_MS) / 1000);
      expect(reads).toBeLessThan(40);
    }
  });

  test("when the clock goes back, drafts keep the last time and a placed record is held against that, so times stay in order", async () => {
    const before = now;
    now = before - 3_600_000;
    const draft = memory("after the clock went back");
    await store.nexus.append({ records: [draft] });
    expect((await store.nexus.read(draft.id, "Root")).signed.record.ts).toBe(new Date(before).toISOString());
    const ts = new Date(now).toISOString();
    const placed = completeDraft(memory("placed", { stream: "memory/placed" }), { seq: 0, prev: null, ts });
    const refused = expect.objectContaining({ code: "record-time" });
    await expect(store.nexus.append({ records: [placed] })).rejects.toEqual(refused);
    now = before;
  });
});

describe("large records", () => {
  const large = (n: number, bytes: number) =>
    memory("", {
      kind: "legacy.record",
      stream: "legacy/large",
      author: { principal: "larry", loa: "Operator" },
      payload: { layout: "unsigned", signature: "none", original: { n, text: "x".repeat(bytes) } },
    });
  const sizes = [...Array.from({ length: 11 }, () => 1_000_000), 100, 100];
  let ids: string[];
  beforeAll(async () => {
    const records = sizes.map((bytes, n) => large(n, bytes));
    for (const record of records) await store.nexus.append({ records: [record] });
    ids = records.map(({ id }) => id);
  });

  test("end a page before its limit, with a cursor that goes on, and none is passed over", async () => {
    for (const order of ["asc", "desc"] as const) {
      const found: string[] = [];
      const bytes: number[] = [];
      let cursor: string | undefined;
      do {
        const asked = {
          stream: "legacy/large",
          order,
          limit: 200,
          ...(cursor === undefined ? {} : { cursor }),
        };
        const { records, next } = await store.nexus.query(asked, "Root");
        found.push(...records.map(({ signed }) => signed.record.id));
        bytes.push(JSON.stringify(records).length);
        cursor = next ?? undefined;
      } while (cursor !== undefined);
      expect(found).toEqual(order === "asc" ? ids : ids.toReversed());
      expect(bytes.length).toBe(2);
      expect(Math.max(...bytes)).toBeLessThan(PAGE_BYTES + 64 * 1024);
    }
  });

  test("are listed for erasure in pages that go on after the last leaf", async () => {
    const found: string[] = [];
    let after: number | undefined;
    for (let pages = 1; ; pages += 1) {
      const page = await store.nexus.erasable({ principal: "larry", after, limit: 100 }, "Root");
      found.push(...page.targets.map(({ id }) => id));
      after = page.next ?? undefined;
      if (after !== undefined) continue;
      expect(pages).toBe(2);
      break;
    }
    expect(found).toEqual(ids);
  });

  test("and small ones make an entry bundle of one hash each", async () => {
    const { size } = store.nexus.checkpoint;
    const index = Math.floor((size - 1) / 256);
    const width = size - index * 256;
    const entries = decodeEntries(await store.nexus.log.tile({ level: "entries", index, width }), width);
    expect(entries).toHaveLength(width);
  });
});
