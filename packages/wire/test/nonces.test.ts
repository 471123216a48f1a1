import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NonceWindow } from "../src/envelope/nonces.ts";
import { codeThrownBy, NOW } from "./fixtures.ts";

describe("the nonce window", () => {
  it("refuses a nonce until its envelope could no longer be accepted, whatever else arrives", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(20_000), fc.integer({ min: 0, max: 90_000 })), { maxLength: 60 }),
        fc.integer({ min: 0, max: 90_000 }),
        (others, life) => {
          const window = new NonceWindow();
          window.consume("k", "n", NOW + life, NOW);
          let now = NOW;
          for (const [at, [step, until]] of others.entries()) {
            now += step;
            if (now > NOW + life) return;
            window.consume("k", `other-${at}`, now + until, now);
            expect(codeThrownBy(() => window.consume("k", "n", NOW + life, now))).toBe("envelope-replayed");
          }
        },
      ),
    );
  });
  it("forgets every nonce within ten seconds after its end: memory follows the rate, not the uptime", () => {
    const window = new NonceWindow();
    for (let i = 0; i < 1000; i += 1) window.consume("k", String(i), NOW + 60_000, NOW);
    expect(window.size).toBe(1000);
    window.consume("k", "later", NOW + 130_000, NOW + 70_001);
    expect(window.size).toBe(1);
  });
  it("refuses with nonce-window-full at its bound, and forgets nothing early", () => {
    const window = new NonceWindow(2);
    window.consume("k", "a", NOW + 60_000, NOW);
    window.consume("k", "b", NOW + 60_000, NOW);
    expect(codeThrownBy(() => window.consume("k", "c", NOW + 60_000, NOW))).toBe("nonce-window-full");
    expect(codeThrownBy(() => window.consume("k", "a", NOW + 60_000, NOW))).toBe("envelope-replayed");
  });
  it("keeps the nonces of two keys apart", () => {
    const window = new NonceWindow();
    window.consume("k1", "n", NOW + 60_000, NOW);
    expect(() => window.consume("k2", "n", NOW + 60_000, NOW)).not.toThrow();
  });
});
