import { describe, expect, it } from "vitest";
import { Overtime } from "../../src/domain/overtime.ts";

describe("the time that a language model takes", () => {
  let now = 0;
  const wait = () => Promise.withResolvers<void>();

  it("is counted while one wait is open or several, once, and no further", async () => {
    const overtime = new Overtime(() => now);
    const [first, second] = [wait(), wait()];
    const both = [overtime.while(first.promise), overtime.while(second.promise)];
    now = 100;
    expect(overtime.ms).toBe(100);
    first.resolve();
    await both[0];
    now = 150;
    second.reject(new Error("no"));
    await expect(both[1]).rejects.toThrow("no");
    now = 900;
    expect(overtime.ms).toBe(150);
  });

  it("is a minute of a run at most", () => {
    now = 0;
    const overtime = new Overtime(() => now);
    void overtime.while(wait().promise);
    now = 3_600_000;
    expect(overtime.ms).toBe(60_000);
  });
});
