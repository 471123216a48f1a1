import { afterAll, describe, expect, test } from "vitest";
import { Runtime, temporaryHome } from "./runtime.ts";

const place = temporaryHome("kill");
afterAll(() => place.remove());

const ROUNDS = 3;
const WRITERS = 8;

describe("Codex Nexus killed with SIGKILL during writes", () => {
  test("kill -9 of Codex Nexus during writes loses no acknowledged record", async () => {
    const acknowledged = new Map<string, string>();
    let runtime = await Runtime.start(place.home);
    for (let round = 0; round < ROUNDS; round += 1) {
      let stop = false;
      const writers = Array.from({ length: WRITERS }, async (_, writer) => {
        for (let n = 0; !stop; n += 1) {
          const text = `round ${round} writer ${writer} note ${n}`;
          const answer = await runtime
            .door("POST", "/v1/memory", { body: { kind: "episodic", text, visibility: "private" } })
            .catch(() => undefined);
          if (answer?.status === 201) acknowledged.set(answer.body.id, text);
          else if (answer && answer.status < 500 && answer.status !== 429)
            throw new Error(`${answer.status}: ${answer.text}`);
          else return;
        }
      });
      await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 400));
      const victim = runtime.pid("codex-nexus");
      process.kill(victim, "SIGKILL");
      const code = await runtime.ended();
      stop = true;
      await Promise.all(writers);
      expect(code, "the supervisor ends with a failure").not.toBe(0);
      expect(runtime.log, "and says which process died").toContain("codex-nexus");
      runtime = await Runtime.start(place.home);
    }
    expect(acknowledged.size).toBeGreaterThan(ROUNDS);
    for (const [id, text] of acknowledged) {
      const answer = await runtime.door("GET", `/v1/memory/${id}`);
      expect(answer.status, `${id} ${answer.text}`).toBe(200);
      expect(answer.text).toContain(text);
    }
    const verified = await runtime.json("canon", "verify");
    expect(verified).toMatchObject({ ok: true, findings: [] });
    await runtime.stop();
  });
});
