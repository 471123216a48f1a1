import type { RecordDraft } from "@sigil/canon";
import { ProblemError } from "@sigil/wire";
import { afterEach, describe, expect, it } from "vitest";
import { type BatcherOptions, DecisionBatcher } from "../../src/domain/decisions/decision-batcher.ts";
import type { DecisionBody } from "../../src/domain/decisions/decisions.ts";

const open: DecisionBatcher[] = [];
afterEach(async () => {
  for (const batcher of open.splice(0)) await batcher.close();
});

function decision(id: string): DecisionBody {
  return {
    id,
    action: "memory.read",
    principal: "alice",
    licence: "jti",
    loa: "Operator",
    verdict: "allow",
    reasons: [],
    policy: "sha256:00",
    mode: "solo",
    trust: null,
    route: "GET /v1/memory",
    ts: "2026-11-22T12:00:00.000Z",
  };
}

/** A store that can be switched off; it keeps what landed, by draft id. */
class Landing {
  down = false;
  attempts = 0;
  readonly together: number[] = [];
  readonly landed = new Map<string, string[]>();

  batcher(options: Partial<BatcherOptions> = {}): DecisionBatcher {
    let drawn = 0;
    const batcher = new DecisionBatcher({
      compose: ({ decisions }) => {
        drawn += 1;
        return {
          id: `batch-${drawn}`,
          payload: { ids: decisions.map(({ id }) => id) },
        } as unknown as RecordDraft;
      },
      land: async (drafts) => {
        this.attempts += 1;
        this.together.push(drafts.length);
        if (this.down) throw new ProblemError("audit-unavailable", "the store is off");
        for (const draft of drafts) this.landed.set(draft.id, draft.payload.ids as string[]);
      },
      delayMs: 5,
      ...options,
    });
    open.push(batcher);
    return batcher;
  }
}

const codeOf = (act: () => void): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof ProblemError) return error.code;
    throw error;
  }
  return "none";
};

describe("decision batcher", () => {
  it("decisions that come together land as one record, in order, without being asked to", async () => {
    const landing = new Landing();
    const batcher = landing.batcher();
    for (const id of ["a", "b", "c"]) batcher.add(decision(id));
    expect(batcher.queued).toBe(3);
    await expect.poll(() => [...landing.landed.values()], { timeout: 1_000 }).toEqual([["a", "b", "c"]]);
    expect(batcher.queued).toBe(0);
  });

  it("a full queue refuses with audit-unavailable", () => {
    const batcher = new Landing().batcher({ limit: 2, delayMs: 10_000 });
    batcher.add(decision("a"));
    batcher.add(decision("b"));
    expect(codeOf(() => batcher.add(decision("c")))).toBe("audit-unavailable");
  });

  it("while the store does not write nothing is admitted, and it heals with nothing lost and nothing twice", async () => {
    const landing = new Landing();
    const batcher = landing.batcher();
    landing.down = true;
    batcher.add(decision("a"));
    await batcher.flush();
    expect(batcher.failing).toBe(true);
    expect(codeOf(() => batcher.add(decision("b")))).toBe("audit-unavailable");
    landing.down = false;
    await batcher.flush();
    expect(batcher.failing).toBe(false);
    batcher.add(decision("c"));
    await batcher.flush();
    expect([...landing.landed]).toEqual([
      ["batch-1", ["a"]],
      ["batch-2", ["c"]],
    ]);
  });

  it("a batch is sent again without being asked to after the store failed", async () => {
    const landing = new Landing();
    landing.down = true;
    const batcher = landing.batcher();
    batcher.add(decision("a"));
    await expect.poll(() => landing.attempts, { timeout: 1_000 }).toBe(1);
    landing.down = false;
    await expect.poll(() => batcher.failing, { timeout: 3_000 }).toBe(false);
    expect([...landing.landed.values()]).toEqual([["a"]]);
  });

  it("more than one record can hold is split, and nothing is dropped", async () => {
    const landing = new Landing();
    const batcher = landing.batcher({ batchBytes: 700 });
    const ids = Array.from({ length: 20 }, (_, at) => `d${at}`);
    for (const id of ids) batcher.add(decision(id));
    await batcher.flush();
    expect(landing.landed.size).toBeGreaterThan(1);
    expect([...landing.landed.values()].flat()).toEqual(ids);
  });

  it("as many full batches as land together do not wait, and land all or none", async () => {
    const landing = new Landing();
    const batcher = landing.batcher({ batchBytes: 700, delayMs: 60_000, together: 4 });
    const ids = Array.from({ length: 40 }, (_, at) => `d${at}`);
    landing.down = true;
    for (const id of ids) batcher.add(decision(id));
    await expect.poll(() => landing.attempts, { timeout: 1_000 }).toBe(1);
    expect([landing.together, landing.landed.size]).toEqual([[4], 0]);
    expect(batcher.queued).toBe(40);
    landing.down = false;
    await batcher.flush();
    expect([...landing.landed.values()].flat()).toEqual(ids);
    expect(Math.max(...landing.together)).toBe(4);
  });

  it("waits longer where batches fill, and no longer than that", async () => {
    const landing = new Landing();
    const busy = landing.batcher({ batchBytes: 700, delayMs: 5, busyMs: 150 });
    const before = performance.now();
    for (let at = 0; at < 10; at += 1) busy.add(decision(`d${at}`));
    await expect.poll(() => busy.queued, { timeout: 5_000, interval: 5 }).toBe(0);
    expect(performance.now() - before).toBeGreaterThanOrEqual(140);
    expect(landing.together).toHaveLength(1);
  });

  it("closing lands what waits and refuses what comes", async () => {
    const landing = new Landing();
    const batcher = landing.batcher({ delayMs: 10_000 });
    batcher.add(decision("a"));
    await batcher.close();
    expect([...landing.landed.values()]).toEqual([["a"]]);
    expect(codeOf(() => batcher.add(decision("b")))).toBe("audit-unavailable");
  });
});
