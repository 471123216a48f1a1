import {
  type BundleEntry,
  completeDraft,
  newSalt,
  type RecordDraft,
  recordHash,
  signRecord,
} from "@sigil/canon";
import { generateSeed, signingKey } from "@sigil/crypto";
import { BUILT_IN_POLICY } from "@sigil/policy";
import type { BundleFrame } from "@sigil/wire";
import { describe, expect, it } from "vitest";
import { systemClock } from "../../src/domain/clock.ts";
import { makeDecision } from "../../src/domain/decisions/decisions.ts";
import { draft } from "../../src/domain/records/drafts.ts";
import { Exports } from "../../src/domain/records/exports.ts";
import { MemoryStore } from "../memory-store.ts";

const key = signingKey(generateSeed());

/** A private block of `principal`, as an entry of a bundle and as the store says whose it is. */
function block(principal: string) {
  return entryOf(principal, {
    ...{ kind: "memory.block", space: "user", stream: `memory/${principal}` },
    payload: { type: "episodic", text: "t", tags: [], visibility: "private" },
  });
}

function entryOf(
  principal: string,
  fields: Pick<RecordDraft, "kind" | "space" | "stream" | "payload">,
): { entry: BundleEntry; said: { id: string; kind: string; principal: string; shared: boolean } } {
  const author = { principal, loa: "Operator" } as const;
  const record = completeDraft(draft({ ...fields, loa: "Observer", author }), {
    ...{ seq: 0, prev: null, ts: "2026-01-01T00:00:00.000Z" },
  });
  const ch = `sha256:${"0".repeat(64)}`;
  const entry = { index: 1, ch, rh: recordHash(record), proof: [], record: signRecord(record, key) };
  return { entry, said: { id: record.id, kind: record.kind, principal, shared: false } };
}

/** A store that has these frames for every question, and says when it was ended. */
class FramedStore extends MemoryStore {
  readonly frames: readonly BundleFrame[];
  ended = 0;

  constructor(frames: readonly BundleFrame[]) {
    super(key);
    this.frames = frames;
  }

  override async *bundle() {
    try {
      yield* this.frames as never[];
    } finally {
      this.ended += 1;
    }
  }
}

const head = (...records: ReturnType<typeof block>["said"][]): BundleFrame => ({
  head: { v: 1, type: "sigil-proof-bundle", origin: "o", checkpoint: newSalt() } as never,
  records,
});

function scene(frames: readonly BundleFrame[]) {
  const store = new FramedStore(frames);
  const exports = new Exports({ store, key, now: systemClock });
  const caller = { principal: "rita", loa: "Root" } as const;
  const facts = { mode: "solo", lockdown: false, requestRate: 0 } as const;
  const asked = { action: "canon.export", policy: BUILT_IN_POLICY, route: "POST /v1/canon/export" };
  const made = makeDecision({ ...asked, caller, facts }, systemClock());
  const begin = (ids: readonly string[], more: { stillGood?: () => void; signal?: AbortSignal } = {}) =>
    exports.begin({ made, ids, signal: new AbortController().signal, stillGood: () => {}, ...more });
  return { store, exports, begin };
}

async function text(pieces: AsyncIterable<string>): Promise<string> {
  let all = "";
  for await (const piece of pieces) all += piece;
  return all;
}

const hers = block("rita");
const his = block("bob");
/** What the store adds by itself, because it belongs to the proof. */
const vote = entryOf("mia", { kind: "proposal.vote", space: "system", stream: "proposal/1", payload: {} });

describe("an export", () => {
  it("is one JSON text, its decision and outcome recorded before its first piece", async () => {
    const { store, exports, begin } = scene([
      head(hers.said),
      { entries: [hers.entry] },
      { entries: [vote.entry] },
    ]);
    const pieces = await begin([hers.said.id]);
    expect(store.records.map(({ kind }) => kind)).toEqual(["decision", "decision.outcome"]);
    expect(JSON.parse(await text(pieces))).toMatchObject({ v: 1, entries: [hers.entry, vote.entry] });
    expect([exports.open, store.ended]).toEqual([0, 1]);
  });

  it.each<[string, string, readonly BundleFrame[]]>([
    ["not-found", "of another principal", [head(his.said)]],
    ["not-found", "that the store does not name", [head()]],
    ["peer-not-believed", "of a store that begins with no head", [{ entries: [hers.entry] }]],
    ["peer-not-believed", "of a store that says nothing", []],
  ])("is refused %s before anything leaves: a record %s", async (code, _, frames) => {
    const { store, exports, begin } = scene(frames);
    await expect(begin([his.said.id])).rejects.toMatchObject({ code });
    expect([exports.open, store.records.some(({ kind }) => kind === "decision.outcome")]).toEqual([
      0,
      code === "not-found",
    ]);
  });

  it.each<[string, readonly BundleFrame[]]>([
    [
      "says that another's record is the caller's",
      [head({ ...his.said, principal: "rita" }), { entries: [his.entry] }],
    ],
    ["leaves a record out", [head({ ...his.said, principal: "rita" }), { entries: [vote.entry] }]],
    [
      "brings a record that nobody asked for",
      [head({ ...his.said, principal: "rita" }), { entries: [hers.entry] }],
    ],
    ["begins again in the middle", [head({ ...his.said, principal: "rita" }), head()]],
  ])("breaks off, and gives nothing of it, when the store %s", async (_, frames) => {
    const { store, exports, begin } = scene(frames);
    const given: string[] = [];
    const reading = (async () => {
      for await (const piece of await begin([his.said.id])) given.push(piece);
    })();
    await expect(reading).rejects.toMatchObject({ code: "peer-not-believed" });
    expect(given.join("")).not.toContain(his.said.id);
    expect(() => JSON.parse(given.join(""))).toThrow("JSON");
    expect([exports.open, store.ended]).toEqual([0, 1]);
  });

  it("breaks off at the next frame when what it was admitted with holds no longer", async () => {
    const { exports, begin } = scene([head(hers.said), { entries: [hers.entry] }]);
    const stillGood = () => {
      throw new Error("revoked");
    };
    await expect(begin([hers.said.id], { stillGood }).then(text)).rejects.toThrow("revoked");
    expect(exports.open).toBe(0);
  });

  it("is over when its caller goes away before reading any of it", async () => {
    const gone = new AbortController();
    const { store, exports, begin } = scene([head(hers.said), { entries: [hers.entry] }]);
    await begin([hers.said.id], { signal: gone.signal });
    gone.abort();
    await new Promise((resolve) => setImmediate(resolve));
    expect([exports.open, store.ended]).toEqual([0, 1]);
  });

  it("leaves no decision behind when the store does not write, and nothing leaves", async () => {
    const { store, exports, begin } = scene([head(hers.said), { entries: [hers.entry] }]);
    store.down = true;
    await expect(begin([hers.said.id])).rejects.toMatchObject({ code: "audit-unavailable" });
    expect([exports.open, store.records.length]).toEqual([0, 0]);
  });
});

describe("a memory export", () => {
  const caller = { principal: "rita", loa: "Root" } as const;
  const facts = { mode: "solo", lockdown: false, requestRate: 0 } as const;
  const asked = { action: "memory.export", policy: BUILT_IN_POLICY, route: "POST /v1/memory/export" };
  async function memoryScene() {
    const store = new MemoryStore(key);
    const exports = new Exports({ store, key, now: systemClock });
    const made = makeDecision({ ...asked, caller, facts }, systemClock());
    for (let at = 0; at < 120; at += 1) {
      const payload = { type: "episodic", text: `t${at}`, tags: [], visibility: "private" };
      const stream = "memory/rita";
      const author = { principal: "rita", loa: "Root" } as const;
      const block = draft({ kind: "memory.block", space: "user", stream, loa: "Observer", author, payload });
      await store.append({ records: [block] }, { principal: "rita", loa: "Root", decision: made.id });
    }
    const begin = (more: { stillGood?: () => void; signal?: AbortSignal } = {}) =>
      exports.memory({
        made,
        filter: {},
        signal: new AbortController().signal,
        stillGood: () => {},
        ...more,
      });
    return { store, exports, begin };
  }

  it("has its decision and outcome before its first line, and holds a page at a time", async () => {
    const { store, exports, begin } = await memoryScene();
    const pieces = await begin();
    expect(store.records.slice(-2).map(({ kind }) => kind)).toEqual(["decision", "decision.outcome"]);
    const sizes: number[] = [];
    for await (const piece of pieces) sizes.push(piece.split("\n").length - 1);
    expect([sizes, exports.open]).toEqual([[50, 50, 20], 0]);
  });

  it("breaks off at the next page when what it was admitted with holds no longer, and makes room", async () => {
    const { exports, begin } = await memoryScene();
    let asks = 0;
    const stillGood = () => {
      asks += 1;
      if (asks === 2) throw new Error("revoked");
    };
    await expect(text(await begin({ stillGood }))).rejects.toThrow("revoked");
    expect(exports.open).toBe(0);
    const gone = new AbortController();
    await begin({ signal: gone.signal });
    expect(exports.open).toBe(1);
    gone.abort();
    expect(exports.open).toBe(0);
  });

  it("leaves a failed decision and no line when the store refuses", async () => {
    const { store, exports, begin } = await memoryScene();
    store.down = true;
    await expect(begin()).rejects.toMatchObject({ code: "audit-unavailable" });
    expect(exports.open).toBe(0);
  });
});
