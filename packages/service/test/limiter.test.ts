import { describe, expect, it } from "vitest";
import { chargedAddress } from "../src/http/address.ts";
import { Limiter } from "../src/http/limiter.ts";

const NOW = 1_795_435_200_000;

describe("a limiter", () => {
  it("lets the quota through, refuses the next with the seconds to wait, and refills evenly", () => {
    const limiter = new Limiter({ policy: "p", quota: 6 });
    const left = Array.from({ length: 6 }, () => limiter.take("a", NOW).remaining);
    expect(left).toEqual([5, 4, 3, 2, 1, 0]);
    expect(limiter.take("a", NOW)).toMatchObject({ allowed: false, remaining: 0, seconds: 10, window: 60 });
    expect(limiter.take("b", NOW).allowed, "another key").toBe(true);
    expect(limiter.take("a", NOW + 9_999).allowed).toBe(false);
    expect(limiter.take("a", NOW + 10_000).allowed).toBe(true);
    expect(limiter.take("a", NOW + 10_000).allowed).toBe(false);
    expect(limiter.take("a", NOW + 70_000).remaining, "a window later").toBe(5);
  });

  it("never lets more than two quotas through in any window, whenever the requests come", () => {
    const limiter = new Limiter({ policy: "p", quota: 10 });
    const passed: number[] = [];
    for (let at = NOW; at < NOW + 300_000; at += 250) if (limiter.take("a", at).allowed) passed.push(at);
    for (const from of passed)
      expect(passed.filter((at) => at >= from && at < from + 60_000).length).toBeLessThanOrEqual(20);
    expect(passed.length).toBeGreaterThanOrEqual(55);
  });

  it("stays flat under a million distinct keys, forgets nobody's count for them, and has no timer", () => {
    const limiter = new Limiter({ policy: "p", quota: 2 });
    limiter.take("victim", NOW);
    limiter.take("victim", NOW);
    const timers = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    let refused = 0;
    for (let at = 0; at < 1_000_000; at++)
      if (!limiter.take(`key ${at}`, NOW + at / 100).allowed) refused += 1;
    expect(limiter.size).toBeLessThanOrEqual(40_000);
    expect(refused, "keys beyond the capacity share one allowance").toBeGreaterThan(970_000);
    expect(limiter.take("victim", NOW + 10_000).allowed).toBe(false);
    expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout").length).toBe(timers);
    limiter.take("later", NOW + 200_000);
    expect(limiter.size, "after two windows nothing is left of the flood").toBe(1);
  });
});

describe("the address that is charged", () => {
  it("is the socket's, whatever X-Forwarded-For says, unless the socket is a trusted proxy", () => {
    expect(chargedAddress("10.0.0.9", ["1.2.3.4"], [])).toBe("10.0.0.9");
    expect(chargedAddress("10.0.0.9", ["1.2.3.4"], ["10.0.0.8"])).toBe("10.0.0.9");
    expect(chargedAddress("10.0.0.9", ["6.6.6.6, 1.2.3.4"], ["10.0.0.9"])).toBe("1.2.3.4");
    expect(chargedAddress("10.0.0.9", ["6.6.6.6", "1.2.3.4, 10.0.0.8"], ["10.0.0.9", "10.0.0.8"])).toBe(
      "1.2.3.4",
    );
    expect(chargedAddress("10.0.0.9", [], ["10.0.0.9"])).toBe("10.0.0.9");
    expect(chargedAddress("10.0.0.9", ["x".repeat(9_000)], ["10.0.0.9"])).toHaveLength(64);
  });

  it("is one for a whole /64, and for both spellings of an IPv4 address", () => {
    expect(chargedAddress("::ffff:127.0.0.1", [], [])).toBe("127.0.0.1");
    expect(chargedAddress("2001:db8:1:2:3:4:5:6", [], [])).toBe("2001:db8:1:2::/64");
    expect(chargedAddress("2001:DB8:1:2::9", [], [])).toBe("2001:db8:1:2::/64");
    expect(chargedAddress("::1", [], [])).toBe("0:0:0:0::/64");
  });
});
