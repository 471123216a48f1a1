// A thread that commits or seals dies, over and over, in the real program, while clients write.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Json } from "@sigil/canon";
import { type Authority, WireError } from "@sigil/wire";
import { v7 as uuidv7 } from "uuid";
import { expect, test } from "vitest";
import { memory } from "./support/drafts.ts";
import { answer, newHome, running } from "./support/operator.ts";
import { bundledProgram, command, Served } from "./support/process.ts";

bundledProgram();
const HOOK = pathToFileURL(join(import.meta.dirname, "support/dying-thread.ts")).href;
const ctx: Authority = { principal: "alice", loa: "Operator", decision: uuidv7() };
const WRITERS = 6;
const WRITES = 8;

interface Written {
  readonly index: number;
  readonly refusals: readonly string[];
  readonly replayed: boolean;
}

type Answered = { readonly records: readonly { readonly index: number }[]; readonly replayed: boolean };

/** Writes one record under an idempotency key. */
async function post(served: Served, key: string): Promise<Answered> {
  const records = [memory(key, { stream: `memory/${key}` })] as unknown as Json;
  const idempotency = { principal: "alice", key: key };
  const request = { method: "POST", path: "/v1/records", body: { records, idempotency }, ctx } as const;
  return (await served.client.request(request)).body as unknown as Answered;
}

const codeOf = (error: unknown) =>
  error instanceof WireError ? (error.problem?.code ?? error.code) : String(error);

/** Writes until it is acknowledged. */
async function write(served: Served, key: string): Promise<Written> {
  const refusals: string[] = [];
  for (;;) {
    try {
      const { records, replayed } = await post(served, key);
      return { index: records[0]?.index ?? -1, refusals, replayed };
    } catch (error) {
      refusals.push(codeOf(error));
      if (refusals.length > 50) throw error;
    }
  }
}

test.each(["before", "inside", "after"])(
  "a commit thread that dies %s the commit of a batch refuses its callers, loses nothing, and another goes on",
  async (moment) => {
    const home = await newHome();
    const served = await Served.start(home, {
      THREAD_DIES: `commit:${moment}:3`,
      NODE_OPTIONS: `--import ${HOOK}`,
    });
    running.push(served);
    const writer = async (name: number) => {
      const written: Written[] = [];
      for (let n = 0; n < WRITES; n += 1) written.push(await write(served, `w${name}-${n}`));
      return written;
    };
    const written = (await Promise.all(Array.from({ length: WRITERS }, (_, name) => writer(name)))).flat();
    const refusals = written.flatMap((each) => each.refusals);
    expect(refusals.length).toBeGreaterThan(WRITERS);
    expect(new Set(refusals)).toEqual(new Set(["store-unwritable"]));
    // Only what was durable before its thread died is there already when it is tried again.
    expect(written.some(({ replayed }) => replayed)).toBe(moment === "after");
    // Genesis and one entry are before them: every record once, and nothing that was not asked for.
    expect(written.map(({ index }) => index).sort((a, b) => a - b)).toEqual(
      Array.from({ length: WRITERS * WRITES }, (_, n) => n + 2),
    );
    // The last death may have come after the last batch: then the store finds out by itself that it can write.
    await expect
      .poll(async () => (await fetch(`${served.address}/readyz`)).status, { timeout: 20_000 })
      .toBe(200);
    expect(await served.stop()).toBe(0);
    expect(answer(await command(home, ["verify"]))).toMatchObject({ ok: true, size: WRITERS * WRITES + 2 });
  },
  60_000,
);

test("a commit thread that dies whenever it is given a batch refuses every write; reads go on, and the next start is whole", async () => {
  const home = await newHome();
  const hook = { THREAD_DIES: "commit:before:1", NODE_OPTIONS: `--import ${HOOK}` };
  const served = await Served.start(home, hook);
  running.push(served);
  const refused = await Promise.allSettled(Array.from({ length: 5 }, () => post(served, "never")));
  expect(refused.map((each) => each.status === "rejected" && codeOf(each.reason))).toEqual(
    Array.from({ length: 5 }, () => "store-unwritable"),
  );
  const { body } = await served.client.request({
    ...{ method: "POST", path: "/v1/records/query", body: { order: "asc", limit: 10 }, ctx },
  });
  expect((body as { records: unknown[] }).records).toHaveLength(2);
  expect(await served.stop()).toBe(0);
  const next = await Served.start(home);
  running.push(next);
  expect((await post(next, "again")).records).toMatchObject([{ index: 2 }]);
  expect(await next.stop()).toBe(0);
  expect(answer(await command(home, ["verify"]))).toMatchObject({ ok: true, size: 3 });
}, 60_000);

test.each(["before", "after"])(
  "a seal thread that dies %s it has sealed its part of a batch refuses the whole batch, stores nothing of it, and another goes on",
  async (moment) => {
    const home = await newHome();
    const served = await Served.start(home, {
      THREAD_DIES: `seal:${moment}:2`,
      NODE_OPTIONS: `--import ${HOOK}`,
    });
    running.push(served);
    // So many that each thread has a part.
    const batch = async (n: number) => {
      const records = Array.from({ length: 64 }, (_, at) => memory(`${n}-${at}`)) as unknown as Json;
      const request = { method: "POST", path: "/v1/records", body: { records }, ctx } as const;
      return (await served.client.request(request)).body as unknown as Answered;
    };
    // Every thread dies at its second part, and not all at once: what comes next may be given to one that is dying.
    const landed: unknown[] = [];
    const refusals: string[] = [];
    for (let n = 0; landed.length < 3; n += 1) {
      expect(n).toBeLessThan(50);
      await batch(n).then(
        ({ records }) => landed.push(records[0]?.index),
        (error: unknown) => refusals.push(codeOf(error)),
      );
    }
    expect(landed).toEqual([2, 66, 130]);
    expect(refusals.length).toBeGreaterThanOrEqual(2);
    expect(new Set(refusals)).toEqual(new Set(["store-unwritable"]));
    expect(await served.stop()).toBe(0);
    expect(answer(await command(home, ["verify"]))).toMatchObject({ ok: true, size: 194 });
  },
  60_000,
);
