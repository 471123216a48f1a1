import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Outgoing, outgoing, type Streamed } from "../src/http/reply.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a stream whose caller reads nothing", () => {
  it("is cut after a minute, and its source is ended; reading gives it another minute", async () => {
    const seen = { given: 0, ended: false };
    const stream = (async function* () {
      try {
        for (;;) {
          seen.given += 1;
          yield "text";
        }
      } finally {
        seen.ended = true;
      }
    })();
    const { body } = outgoing({ stream, contentType: "text/plain" }) as Outgoing;
    const cuts: unknown[] = [];
    const reader = (body as Streamed).open((error) => cuts.push(error)).getReader();
    await vi.advanceTimersByTimeAsync(50_000);
    await reader.read();
    await vi.advanceTimersByTimeAsync(50_000);
    expect([seen.given, cuts.length, seen.ended]).toEqual([2, 0, false]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect([cuts.length, seen.ended]).toEqual([1, true]);
  });
});
