import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { alice: "Operator", bob: "Operator", olga: "Observer" },
    services: ["codex-nexus", "sigilderg"],
    settings: [
      "sigilderg.rate_read=20",
      "sigilderg.rate_write=3",
      "sigilderg.rate_address=60",
      "sigilderg.max_connections=20",
    ],
  });
  await stack.readyWithoutMmf();
}, 60_000);
afterAll(() => stack?.close());

const write = (as: string) => stack.ask("POST", "/v1/memory", { as, body: { kind: "episodic", text: "x" } });

describe("the rate limits of the door", () => {
  it("count each principal and class of actions for itself, and say so in every answer", async () => {
    const statuses = [];
    for (let at = 0; at < 4; at++) statuses.push((await write("alice")).status);
    expect(statuses).toEqual([201, 201, 201, 429]);
    const refused = await write("alice");
    // Three a minute are one in twenty seconds, less what these requests took.
    const wait = refused.headers.get("retry-after");
    expect([refused.body.code, wait]).toEqual(["rate-limited", expect.stringMatching(/^(1\d|20)$/)]);
    expect(refused.headers.get("ratelimit-policy")).toBe('"address";q=60;w=60, "write";q=3;w=60');
    expect(refused.headers.get("ratelimit")).toMatch(
      new RegExp(`^"address";r=\\d+;t=\\d+, "write";r=0;t=${wait}$`),
    );
    expect((await write("bob")).status, "another principal").toBe(201);
    const read = await stack.ask("GET", "/v1/memory", { as: "alice" });
    expect([read.status, read.headers.get("ratelimit")]).toEqual([
      200,
      expect.stringContaining('"read";r=19;t=3'),
    ]);
  });

  it("make a denial of record of a known caller who goes beyond them", async () => {
    await write("bob");
    await write("bob");
    await write("bob");
    const refused = await write("bob");
    expect(refused.status).toBe(429);
    const id = refused.headers.get("sigil-decision");
    expect(refused.body.decisionId).toBe(id);
    const { body } = await stack.ask("GET", `/v1/decisions/${id}`, { as: "olga" });
    expect(body.body).toMatchObject({ principal: "bob", action: "memory.write", verdict: "deny" });
    expect(body.body.reasons.map(({ code }: { code: string }) => code)).toEqual(["rate-limited"]);
    const why = await stack.ask("GET", `/v1/decisions/${id}/explanation`, { as: "olga" });
    expect(why.body.counterfactual.join(" ")).toContain("Retry-After");
  });

  it("count an address whatever it presents, and X-Forwarded-For makes no other address of it", async () => {
    const statuses = new Map<number, number>();
    for (let at = 0; at < 80; at++) {
      const { status } = await stack.ask("GET", "/v1/licence", {
        headers: { "x-forwarded-for": `10.0.0.${at}` },
      });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses.keys()].sort()).toEqual([401, 429]);
    expect(statuses.get(429)).toBeGreaterThan(20);
    expect((await stack.ask("GET", "/readyz")).status, "health is asked all the time").not.toBe(429);
  });

  it("hold the connections of all callers together below their limit", async () => {
    const port = Number(new URL(stack.url).port);
    const sockets = Array.from({ length: 40 }, () => connect(port, "127.0.0.1").on("error", () => {}));
    try {
      await expect
        .poll(() => sockets.filter(({ destroyed, readableEnded }) => destroyed || readableEnded).length)
        .toBeGreaterThanOrEqual(20);
    } finally {
      for (const socket of sockets) socket.destroy();
    }
  });
});
