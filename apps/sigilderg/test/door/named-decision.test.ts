import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

// A decision id in an answer is a promise that it can be looked up.

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { alice: "Operator", olga: "Observer", rita: "Root" },
    services: ["codex-nexus", "sigilderg"],
  });
  await stack.readyWithoutMmf();
}, 60_000);
afterAll(() => stack?.close());

describe("the decision that an answer names", () => {
  it("is recorded for every denial up to the cap, and beyond it none is named", async () => {
    // More than two minutes allow, so that some are over whenever the minute turns.
    const body = { kind: "episodic", text: "not mine to write" };
    const asked = Array.from({ length: 130 }, () => stack.ask("POST", "/v1/memory", { as: "olga", body }));
    const answers = await Promise.all(asked);
    expect(new Set(answers.map(({ body }) => body.code))).toEqual(new Set(["level-too-low"]));
    const named = answers.map(({ body }) => body.decisionId as string | undefined);
    expect(answers.map(({ headers }) => headers.get("sigil-decision") ?? undefined)).toEqual(named);
    const recorded = named.filter((id) => id !== undefined);
    expect(recorded.length).toBeGreaterThanOrEqual(60);
    expect(recorded.length).toBeLessThanOrEqual(120);
    for (const id of [recorded[0], recorded.at(-1)]) {
      const found = await stack.ask("GET", `/v1/decisions/${id}`, { as: "rita" });
      expect(found.body.body).toMatchObject({ id, verdict: "deny" });
    }
  });

  it.each<[string, object, string]>([
    ["a body of another shape", { kind: "episodic", text: "x", colour: "red" }, "body-invalid"],
    ["a tag that is no name", { kind: "episodic", text: "x", tags: ["\u0430lpha"] }, "body-invalid"],
  ])(
    "is recorded with its failed outcome after %s, and with no store none is named",
    async (_, body, code) => {
      const refused = await stack.ask("POST", "/v1/memory", { as: "alice", body });
      expect(refused.body.code).toBe(code);
      expect(refused.headers.get("sigil-decision")).toBe(refused.body.decisionId);
      const found = await stack.ask("GET", `/v1/decisions/${refused.body.decisionId}`, { as: "alice" });
      expect(found.body.outcome).toMatchObject({ status: "failed", code });
      await stack.stopService("codex-nexus", "SIGKILL");
      const away = await stack.ask("POST", "/v1/memory", { as: "alice", body });
      expect([away.status, away.body.code, away.body.decisionId]).toEqual([
        503,
        "audit-unavailable",
        undefined,
      ]);
      expect(away.headers.get("sigil-decision")).toBeNull();
      await stack.serve("codex-nexus");
      await stack.readyWithoutMmf();
    },
  );
});
