import type { Json } from "@sigil/canon";
import type { Authority } from "@sigil/wire";
import { v7 as uuidv7 } from "uuid";
import { afterAll, describe, expect, test } from "vitest";
import { memory } from "./support/drafts.ts";
import { temporaryHome } from "./support/home.ts";
import { bundledProgram, command, Served } from "./support/process.ts";
import { bootstrapped, opened } from "./support/store.ts";

bundledProgram();
const home = temporaryHome();
afterAll(() => home.remove());

/** Milliseconds into each round; infra/reliability kills hundreds of times, and at every system call. */
const MOMENTS = [60, 240];
const WRITERS = 8;

describe("kill -9 during concurrent writes", () => {
  test("loses no acknowledged record, stores none twice, and leaves a store that verifies", async () => {
    await bootstrapped(home);
    const acknowledged = new Map<string, { index: number; text: string }>();
    for (const [round, moment] of MOMENTS.entries()) {
      const served = await Served.start(home);
      const before = acknowledged.size;
      const writers = Array.from({ length: WRITERS }, async (_, writer) => {
        for (let n = 0; ; n += 1) {
          const drafts = [0, 1, 2].map((part) =>
            memory(`round ${round} writer ${writer} note ${n} part ${part}`, {
              stream: `memory/writer-${writer}`,
            }),
          );
          const ctx: Authority = { principal: "alice", loa: "Operator", decision: uuidv7() };
          const body = { records: drafts } as unknown as Json;
          try {
            const answer = await served.client.request({ method: "POST", path: "/v1/records", body, ctx });
            const { records } = answer.body as unknown as { records: { id: string; index: number }[] };
            for (const [at, { id, index }] of records.entries()) {
              acknowledged.set(id, { index, text: String(drafts[at]?.payload.text) });
            }
          } catch {
            // The process is gone; what it did not acknowledge may be there or not.
            return;
          }
        }
      });
      // Two requests at least, however slow the machine is.
      while (acknowledged.size <= before + 3) await new Promise((resolve) => setTimeout(resolve, 5));
      await new Promise((resolve) => setTimeout(resolve, moment));
      expect(await served.stop("SIGKILL")).toBeNull();
      await Promise.all(writers);
    }

    const verified = await command(home, ["verify"]);
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, findings: [] });
    const store = await opened(home);
    expect(store.nexus.alarm).toBeUndefined();
    const seen = new Map<string, number>();
    let cursor: string | undefined;
    do {
      const page = await store.nexus.query(
        { kind: "memory.block", order: "asc", limit: 200, ...(cursor === undefined ? {} : { cursor }) },
        "Root",
      );
      for (const { index, signed } of page.records) {
        const { id, payload } = signed.record;
        expect(seen.has(id)).toBe(false);
        seen.set(id, index);
        const stored = { index, text: payload.text };
        expect(stored).toEqual(acknowledged.get(id) ?? stored);
      }
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    expect([...acknowledged.keys()].filter((id) => !seen.has(id))).toEqual([]);
    expect(acknowledged.size).toBeGreaterThan(MOMENTS.length * 3);
    await store.close();
  });
});
