import { describe, expect, it } from "vitest";
import { DenialCap } from "../../src/domain/decisions/denial-cap.ts";
import { RefusalTally, summaryPayload } from "../../src/domain/decisions/refusals.ts";

const T0 = "2026-11-22T12:00:00.000Z";
const T1 = "2026-11-22T12:01:00.000Z";
const T2 = "2026-11-22T12:02:00.000Z";

describe("refusal tally", () => {
  it("a minute without refusals has no summary", () => {
    expect(new RefusalTally(T0).take(T1)).toBeUndefined();
  });

  it("a summary counts refusals by code and by route since the last one", () => {
    const tally = new RefusalTally(T0);
    tally.count("licence-missing", "GET /v1/memory");
    tally.count("licence-expired", "GET /v1/memory");
    tally.count("licence-missing", "POST /v1/memory");
    const taken = tally.take(T1);
    expect(taken).toEqual({
      from: T0,
      to: T1,
      total: 3,
      byCode: { "licence-expired": 1, "licence-missing": 2 },
      byRoute: { "GET /v1/memory": 2, "POST /v1/memory": 1 },
    });
    expect(tally.take(T2)).toBeUndefined();
  });

  it("counts that could not be recorded are in the next summary", () => {
    const tally = new RefusalTally(T0);
    tally.count("licence-missing", "GET /v1/memory");
    const lost = tally.take(T1);
    expect(lost).toBeDefined();
    if (lost !== undefined) tally.restore(lost);
    tally.count("licence-missing", "GET /v1/memory");
    expect(tally.take(T2)).toMatchObject({ from: T0, to: T2, total: 2, byCode: { "licence-missing": 2 } });
  });

  it("the payload of a summary holds its counts and nothing else", () => {
    const tally = new RefusalTally(T0);
    tally.count("licence-missing", "GET /v1/memory");
    const taken = tally.take(T1);
    if (taken === undefined) throw new Error("nothing was counted");
    expect(summaryPayload(taken)).toEqual(taken);
  });
});

describe("denial cap", () => {
  it("denials of one principal are records of their own up to the cap, and counted past it, minute by minute", () => {
    const cap = new DenialCap({ perMinute: 2 });
    expect([0, 1, 2].map((ms) => cap.take("alice", ms))).toEqual([true, true, false]);
    expect(cap.take("bob", 3)).toBe(true);
    expect(cap.take("alice", 60_000)).toBe(true);
  });

  it("a flood of principals within a minute is capped as one", () => {
    const cap = new DenialCap({ capacity: 3 });
    expect(["a", "b", "c", "d"].map((name) => cap.take(name, 0))).toEqual([true, true, true, false]);
    expect(cap.take("a", 1)).toBe(true);
  });
});
