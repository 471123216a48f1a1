import { generateSeed, signingKey } from "@sigil/crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { listAudit } from "../../src/domain/audit/audit.ts";
import { type Authority, SERVICE_AUTHORITY } from "../../src/domain/authority.ts";
import { listOf } from "../../src/domain/decisions/decision-batch.ts";
import { findDecision, RecentBatches } from "../../src/domain/decisions/decision-lookup.ts";
import type { DecisionBody } from "../../src/domain/decisions/decisions.ts";
import { batchDraft, draft } from "../../src/domain/records/drafts.ts";
import type { RecordPage, RecordQuery } from "../../src/domain/records/store.ts";
import { MemoryStore } from "../memory-store.ts";

beforeEach(() => vi.useFakeTimers({ toFake: ["Date"] }));
afterEach(() => vi.useRealTimers());

const key = signingKey(generateSeed());

/** Counts what is read of it. */
class CountingStore extends MemoryStore {
  recordsRead = 0;
  override async query(query: RecordQuery, authority: Authority): Promise<RecordPage> {
    const page = await super.query(query, authority);
    this.recordsRead += page.records.length;
    return page;
  }
}

const id = (ms: number, tail: number) => {
  const hex = ms.toString(16).padStart(12, "0");
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-${tail.toString(16).padStart(12, "0")}`;
};
const body = (at: number, tail: number): DecisionBody => ({
  ...{
    id: id(at, tail),
    action: "memory.read",
    principal: "alice",
    licence: "jti",
    loa: "Operator" as const,
  },
  ...{ verdict: "allow" as const, reasons: [], policy: `sha256:${"0".repeat(64)}`, mode: "solo" as const },
  ...{ trust: null, route: "GET /v1/memory", ts: new Date(at).toISOString() },
});

/** A store with `count` batches of two decisions, one batch a second from now on. */
async function busy(count: number): Promise<{ store: CountingStore; start: number }> {
  const store = new CountingStore(key);
  const start = Date.parse("2026-11-22T12:00:00.000Z");
  for (let at = 0; at < count; at += 1) {
    const ms = start + at * 1000;
    vi.setSystemTime(ms + 500);
    const draft = batchDraft(
      listOf([body(ms, at * 2), body(ms, at * 2 + 1)]),
      new Date(ms).toISOString(),
      key,
    );
    await store.append({ records: [draft] }, SERVICE_AUTHORITY);
  }
  return { store, start };
}

describe("a day of many batches", () => {
  it("is not walked for a decision that nobody made: the search ends with the batches of its moment", async () => {
    const { store, start } = await busy(1_500);
    const found = await findDecision(store, id(start + 3_000, 7), new RecentBatches(), SERVICE_AUTHORITY);
    expect(found.body.id).toBe(id(start + 3_000, 7));
    store.recordsRead = 0;
    const unknown = findDecision(store, id(start, 99_999), new RecentBatches(), SERVICE_AUTHORITY);
    await expect(unknown).rejects.toMatchObject({ code: "not-found" });
    expect(store.recordsRead).toBeLessThanOrEqual(200);
  });

  it("is listed in bounded steps even when a filter passes over everything, and the cursor goes on", async () => {
    const { store } = await busy(2_500);
    store.recordsRead = 0;
    const query = { principal: "nobody", order: "desc", limit: 50 } as const;
    const first = await listAudit(store, query, SERVICE_AUTHORITY);
    expect([first.entries.length, store.recordsRead <= 2_100]).toEqual([0, true]);
    const rest = await listAudit(store, { ...query, cursor: first.next ?? "" }, SERVICE_AUTHORITY);
    expect(rest).toEqual({ entries: [], next: null });
  });

  it("gives no more than a page asks for and the batch that fills it", async () => {
    const { store } = await busy(40);
    const page = await listAudit(store, { order: "asc", limit: 5 }, SERVICE_AUTHORITY);
    expect(page.entries).toHaveLength(6);
    const next = await listAudit(
      store,
      { order: "asc", limit: 4, cursor: page.next ?? "" },
      SERVICE_AUTHORITY,
    );
    expect(next.entries.map((entry) => entry.index)).toEqual([3, 3, 4, 4]);
  });
});

describe("the audit of one run", () => {
  const start = Date.parse("2026-11-22T12:00:00.000Z");
  const run = id(start, 1);
  const step = async (store: CountingStore, at: number) => {
    vi.setSystemTime(at);
    const made = { ...body(at, at - start), run };
    const entry = draft({
      ...{ kind: "run.input", space: "user", stream: `run/${run}`, loa: "Observer", payload: {} },
      author: { principal: "alice", loa: "Operator", run, decision: made.id },
    });
    const batch = batchDraft(listOf([made]), made.ts, key);
    await store.append({ records: [batch, entry] }, SERVICE_AUTHORITY);
    return made.id;
  };

  it.each(["asc", "desc"] as const)(
    "a cursor (%s) goes on although the run has gained records since",
    async (order) => {
      const store = new CountingStore(key);
      const first = await step(store, start + 1_000);
      const second = await step(store, start + 2_000);
      const query = { run, order, limit: 1 } as const;
      const page = await listAudit(store, query, SERVICE_AUTHORITY);
      await step(store, start + 700_000);
      const rest = await listAudit(store, { ...query, limit: 9, cursor: page.next ?? "" }, SERVICE_AUTHORITY);
      const seen = [...page.entries, ...rest.entries].map((entry) => entry.id);
      expect(seen).toEqual(order === "asc" ? [first, second] : [second, first]);
      const [own = "", end = ""] = (page.next ?? "").split(".");
      for (const changed of [own, `${own}.${Number(end) + 1}`, `${own}.${end}.0`, `.${end}`])
        await expect(
          listAudit(store, { ...query, cursor: changed }, SERVICE_AUTHORITY),
          changed,
        ).rejects.toMatchObject({ code: "cursor-invalid" });
    },
  );
});
