import { randomBytes } from "node:crypto";
import { v7 as uuidv7 } from "uuid";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack } from "../stack.ts";

let stack: Stack;
beforeAll(async () => {
  stack = await Stack.start({
    people: { alice: "Operator", bob: "Operator", olga: "Observer", gus: "Guest", rita: "Root" },
    services: ["codex-nexus", "sigilderg"],
  });
  await stack.readyWithoutMmf();
}, 60_000);
afterAll(() => stack?.close());

interface Entry {
  id: string;
  index: number;
  action: string;
  principal: string;
  verdict: string;
  recorded: string;
  outcome: { status: string; code?: string; effects: { kind: string }[] } | null;
}

const write = async (as: string, text: string): Promise<string> => {
  const { status, body } = await stack.ask("POST", "/v1/memory", { as, body: { kind: "episodic", text } });
  expect(status).toBe(201);
  return body.decision;
};
const list = async (query: string, as = "olga"): Promise<Entry[]> => {
  const { status, body } = await stack.ask("GET", `/v1/audit?${query}`, { as });
  expect([status, body.code]).toEqual([200, undefined]);
  return body.entries;
};
/** A batched decision, once it has landed. */
const read = async (as: string): Promise<string> => {
  const { headers } = await stack.ask("GET", "/v1/memory", { as });
  const id = headers.get("sigil-decision") ?? "";
  await expect.poll(() => list(`decision=${id}`), { timeout: 5_000 }).toHaveLength(1);
  return id;
};

describe("GET /v1/audit", () => {
  it("lists durable, denied and batched decisions, newest first, with what became of them", async () => {
    const written = await write("alice", "one");
    const { body: denied } = await stack.ask("POST", "/v1/memory", {
      as: "olga",
      body: { kind: "episodic", text: "x" },
    });
    const seen = await read("alice");
    const entries = await list("limit=200");
    const of = (id: string) => entries.find((entry) => entry.id === id);
    expect(of(written)).toMatchObject({
      action: "memory.write",
      principal: "alice",
      verdict: "allow",
      recorded: "durable",
      outcome: { status: "done", effects: [{ kind: "memory.block" }] },
    });
    expect(of(denied.decisionId)).toMatchObject({ verdict: "deny", principal: "olga", outcome: null });
    expect(of(seen)).toMatchObject({ action: "memory.read", recorded: "batched", outcome: null });
    const leaves = entries.map(({ index }) => index);
    expect(leaves).toEqual(leaves.toSorted((a, b) => b - a));
  });

  it("gives the entries that every filter asks for, and no other", async () => {
    await write("alice", "two");
    await write("bob", "three");
    await stack.ask("POST", "/v1/memory", { as: "gus", body: { kind: "episodic", text: "x" } });
    const by = await list("principal=bob&limit=200");
    expect(new Set(by.map(({ principal }) => principal))).toEqual(new Set(["bob"]));
    const writes = await list("action=memory.write&verdict=allow&limit=200");
    expect(new Set(writes.map(({ action, verdict }) => `${action} ${verdict}`))).toEqual(
      new Set(["memory.write allow"]),
    );
    const ofMemory = await list("action=memory.*&limit=200");
    expect(ofMemory.every(({ action }) => action.startsWith("memory."))).toBe(true);
    const denials = await list("verdict=deny&limit=200");
    expect(denials.length).toBeGreaterThan(0);
    expect(denials.every(({ verdict }) => verdict === "deny")).toBe(true);
    const [newest] = writes;
    expect(await list(`after=${newest?.index}&action=memory.write&verdict=allow`)).toEqual([]);
    const ago = new Date(Date.now() - 3_600_000).toISOString();
    expect(await list(`until=${ago}&limit=200`)).toEqual([]);
    expect((await list(`since=${ago}&limit=200`)).length).toBeGreaterThan(0);
  });

  it("pages through everything once, in both orders, whole batches included", async () => {
    for (const as of ["alice", "bob", "rita"]) {
      await write(as, "paged");
      await Promise.all(Array.from({ length: 5 }, () => stack.ask("GET", "/v1/memory", { as })));
    }
    await read("alice");
    const until = new Date().toISOString();
    const whole = async (order: string, limit: number) => {
      const found: Entry[] = [];
      let cursor = "";
      do {
        const { body } = await stack.ask(
          "GET",
          `/v1/audit?until=${until}&order=${order}&limit=${limit}${cursor === "" ? "" : `&cursor=${cursor}`}`,
          { as: "olga" },
        );
        found.push(...body.entries);
        cursor = body.next ?? "";
      } while (cursor !== "");
      return found.map(({ id, outcome }) => `${id} ${outcome?.status}`);
    };
    const all = await whole("desc", 200);
    expect(new Set(all).size).toBe(all.length);
    expect(await whole("desc", 2)).toEqual(all);
    expect((await whole("asc", 3)).toSorted()).toEqual(all.toSorted());
  });

  it("needs an Observer, and refuses a cursor that it did not issue for these times, this filter and this level", async () => {
    const guest = await stack.ask("GET", "/v1/audit", { as: "gus" });
    expect([guest.status, guest.body.code]).toEqual([403, "level-too-low"]);
    await read("olga");
    const { body } = await stack.ask("GET", "/v1/audit?limit=1", { as: "olga" });
    const moved = await stack.ask(
      "GET",
      `/v1/audit?limit=1&cursor=${body.next}&until=2030-01-01T00:00:00.000Z`,
      { as: "olga" },
    );
    expect([moved.status, moved.body.code]).toEqual([400, "cursor-invalid"]);
    for (const other of ["verdict=allow", "action=memory.*", "principal=olga", `run=${uuidv7()}`]) {
      const answer = await stack.ask("GET", `/v1/audit?limit=1&cursor=${body.next}&${other}`, { as: "olga" });
      expect([other, answer.status, answer.body.code]).toEqual([other, 400, "cursor-invalid"]);
    }
    const risen = await stack.ask("GET", `/v1/audit?limit=1&cursor=${body.next}`, { as: "rita" });
    expect([risen.status, risen.body.code]).toEqual([400, "cursor-invalid"]);
    const forged = `${body.next.slice(0, -2)}AA`;
    expect((await stack.ask("GET", `/v1/audit?cursor=${forged}`, { as: "olga" })).body.code).toBe(
      "cursor-invalid",
    );
    expect((await stack.ask("GET", "/v1/audit?colour=red", { as: "olga" })).body.code).toBe("query-invalid");
    expect((await stack.ask("GET", "/v1/audit?action=*", { as: "olga" })).body.code).toBe("query-invalid");
  });
});

describe("GET /v1/audit/:id", () => {
  it("explains one decision: outcome, effects, sentences, and a waterfall that ends at the score", async () => {
    const id = await write("alice", "explained");
    const { body } = await stack.ask("GET", `/v1/audit/${id}`, { as: "olga" });
    expect(body.entry).toMatchObject({
      id,
      action: "memory.write",
      outcome: { status: "done", effects: [{ kind: "memory.block" }] },
    });
    expect(body.sentences[0]).toBe("memory.write is allowed.");
    expect(body.waterfall.at(-1).score).toBeCloseTo(body.entry.trust.score, 12);
  });

  it("is not found for an id that was never drawn, whatever moment it names", async () => {
    const at = (ms: number) => {
      const hex = ms.toString(16).padStart(12, "0");
      return `${hex.slice(0, 8)}-${hex.slice(8)}-7abc-8def-${randomBytes(6).toString("hex")}`;
    };
    for (const ms of [0, Date.now() - 60_000, Date.now(), Date.now() + 86_400_000, 2 ** 48 - 1]) {
      for (const path of ["audit", "decisions"]) {
        const { status, body } = await stack.ask("GET", `/v1/${path}/${at(ms)}`, { as: "olga" });
        expect([ms, status, body.code]).toEqual([ms, 404, "not-found"]);
      }
    }
    expect(await list(`decision=${at(Date.now())}`)).toEqual([]);
  });
});

describe("a durable action that is admitted and comes to nothing", () => {
  it.each([
    ["a malformed body", "/v1/memory", "{", {}, "body-malformed"],
    ["an unknown field", "/v1/memory", '{"kind":"episodic","text":"x","colour":"red"}', {}, "body-invalid"],
    ["a query where none is taken", "/v1/memory?x=1", '{"kind":"episodic","text":"x"}', {}, "query-invalid"],
    [
      "an Idempotency-Key that is none",
      "/v1/memory",
      '{"kind":"episodic","text":"x"}',
      { "idempotency-key": "a b" },
      "idempotency-key-invalid",
    ],
  ])(
    "%s leaves its decision with a failed outcome of the same code",
    async (_, path, text, headers, code) => {
      const response = await fetch(`${stack.url}${path}`, {
        method: "POST",
        headers: {
          authorization: `Bearer ${await stack.licence("alice")}`,
          "content-type": "application/json",
          ...headers,
        },
        body: text,
      });
      const problem = (await response.json()) as { code: string; decisionId: string };
      expect(problem.code).toBe(code);
      const { status, body } = await stack.ask("GET", `/v1/audit/${problem.decisionId}`, { as: "olga" });
      expect([status, body.entry?.outcome]).toMatchObject([200, { status: "failed", code, effects: [] }]);
    },
  );
});

describe("GET /v1/audit/stream", () => {
  /** Reads events until `enough` says so. */
  async function follow(query: string, enough: (events: string[]) => boolean, as = "olga") {
    const stop = new AbortController();
    const response = await fetch(`${stack.url}/v1/audit/stream${query}`, {
      headers: { authorization: `Bearer ${await stack.licence(as)}` },
      signal: stop.signal,
    });
    expect([response.status, response.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    const events: string[] = [];
    const done = (async () => {
      let held = "";
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) {
        held += decoder.decode(chunk, { stream: true });
        const parts = held.split("\n\n");
        held = parts.pop() ?? "";
        events.push(...parts);
        if (enough(events)) break;
      }
      stop.abort();
      return events;
    })();
    return { done, events };
  }
  const decisions = (events: readonly string[]) =>
    events
      .filter((event) => event.startsWith("event: decision"))
      .map((event) => JSON.parse(event.slice(event.indexOf("data: ") + 6)) as Entry);

  it("tells what is recorded from now on, then its outcome, across a restart of the store, nothing twice", async () => {
    const followed = await follow(
      "?action=memory.write",
      (events) => events.filter((event) => event.startsWith("event: outcome")).length === 2,
    );
    const first = await write("alice", "followed");
    await stack.stopService("codex-nexus");
    await expect
      .poll(() => followed.events.some((event) => event.startsWith("event: waiting")), { timeout: 10_000 })
      .toBe(true);
    await stack.serve("codex-nexus");
    await stack.readyWithoutMmf();
    const second = await write("bob", "followed too");
    const events = await followed.done;
    expect(events[0]).toMatch(/^event: begin\nid: \d+\n/);
    expect(decisions(events).map(({ id }) => id)).toEqual([first, second]);
  }, 30_000);

  it("goes on after the leaf that it is given", async () => {
    const first = await write("alice", "before");
    const [at] = await list(`decision=${first}`);
    const second = await write("alice", "after");
    const { done } = await follow(
      `?action=memory.write&after=${at?.index}`,
      (events) => decisions(events).length > 0,
    );
    expect(decisions(await done).map(({ id }) => id)).toEqual([second]);
  });

  it("ends by name when the licence behind it is superseded", async () => {
    const { done } = await follow(
      "",
      (events) => events.some((event) => event.startsWith("event: problem")),
      "bob",
    );
    const fresh = await stack.home.sign({ ...stack.home.claims("bob", "Operator"), serial: 9 });
    const issued = await stack.ask("POST", "/v1/licences", { as: "rita", body: { licence: fresh } });
    expect(issued.status).toBe(201);
    expect((await done).at(-1)).toContain('"licence-refused"');
  });
});
