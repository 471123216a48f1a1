import { describe, expect, it } from "vitest";
import { RequestRates } from "../../src/domain/decisions/rates.ts";

describe("request rates", () => {
  it("the first request of a principal meets no pressure", () => {
    expect(new RequestRates().observe("alice", 0)).toBe(0);
  });

  it("pressure grows with each request and stays at 1 from the full rate on", () => {
    const rates = new RequestRates({ full: 4 });
    const seen = Array.from({ length: 7 }, () => rates.observe("alice", 1_000));
    expect(seen).toEqual([0, 0.25, 0.5, 0.75, 1, 1, 1]);
  });

  it("pressure comes in steps of 1/64, rounded down, so that decisions of one moment have one ground", () => {
    const rates = new RequestRates({ full: 6_000 });
    const seen = Array.from({ length: 6_000 }, () => rates.observe("alice", 1_000));
    expect(new Set(seen).size).toBe(64);
    expect(seen.every((pressure, before) => pressure <= before / 6_000)).toBe(true);
  });

  it("pressure of one principal does not touch another", () => {
    const rates = new RequestRates({ full: 2 });
    for (let i = 0; i < 5; i += 1) rates.observe("alice", 0);
    expect(rates.observe("bob", 0)).toBe(0);
  });

  it("pressure fades over the following window and is gone after two", () => {
    const rates = new RequestRates({ windowMs: 1_000, full: 10 });
    for (let i = 0; i < 10; i += 1) rates.observe("alice", 0);
    expect(rates.observe("alice", 1_500)).toBeCloseTo(0.5);
    expect(rates.observe("alice", 10_000)).toBe(0);
  });

  it("a flood of distinct principals does not grow the memory past its capacity", () => {
    const rates = new RequestRates({ capacity: 100 });
    for (let i = 0; i < 10_000; i += 1) rates.observe(`p${i}`, i);
    expect(rates.size).toBe(100);
  });

  it("a principal that keeps asking is not forgotten for those that ask once", () => {
    const rates = new RequestRates({ capacity: 10, full: 100 });
    for (let i = 0; i < 100; i += 1) {
      rates.observe("steady", 0);
      rates.observe(`p${i}`, 0);
    }
    expect(rates.observe("steady", 0)).toBe(1);
  });
});
