// What an approval decides again, over the records of a store in memory and a clock that the test sets.
import { type Json, type Loa, type RecordDraft, recordHash } from "@sigil/canon";
import { generateSeed, signingKey } from "@sigil/crypto";
import type { PayloadOf } from "@sigil/wire";
import { v7 as uuidv7 } from "uuid";
import { beforeEach, describe, expect, it } from "vitest";
import { type ControlPlane, joinControlPlane } from "../../src/control-plane.ts";
import { SERVICE_AUTHORITY } from "../../src/domain/authority.ts";
import { draft } from "../../src/domain/records/drafts.ts";
import type { RecordedRun } from "../../src/domain/runs/recorded-run.ts";
import { resume } from "../../src/domain/runs/resume.ts";
import { Home, licenceDraft, PINNED, PUBLISHER } from "../home.ts";
import { MemoryStore } from "../memory-store.ts";

const DIGEST = `sha256:${"1".repeat(64)}`;
const RUN = uuidv7();
const BLOCK = uuidv7();

let plane: ControlPlane;
let store: MemoryStore;
let home: Home;
let now: string;
let held: PayloadOf<"run.held">;

const system = (kind: RecordDraft["kind"], stream: string, payload: Record<string, Json>) =>
  draft({
    ...{ kind, space: "system", stream, loa: "Observer", payload },
    author: { principal: "bootstrap", loa: "Root" },
  });

beforeEach(async () => {
  home = new Home();
  const key = signingKey(generateSeed());
  now = new Date().toISOString();
  store = new MemoryStore(key);
  const capabilities = [{ name: "memory.write", scope: {} }];
  const publisher = PUBLISHER.kid;
  const publishers = [PINNED];
  const modules = [{ id: "probe", version: "1.0.0", digest: DIGEST, publisher, capabilities }];
  const genesis = { runtimeId: home.runtimeId, mode: "solo", modules, publishers } as const;
  await store.append({ records: [system("system.genesis", "system/genesis", genesis)] }, SERVICE_AUTHORITY);
  const trust = home.pin(recordHash(store.records[0] as never));
  const claims = home.claims("alice", "Operator");
  await store.append({ records: [licenceDraft(claims)] }, SERVICE_AUTHORITY);
  const nobody = async (): Promise<never> => Promise.reject(new Error("nobody is asked"));
  plane = joinControlPlane({
    ...{ store, trust, key, hostKid: key.kid, chainKeys: new Map(), now: () => now },
    violationLimit: () => ({ violations: 5, hours: 24 }),
    host: { list: nobody, manifest: nobody, execute: nobody, replay: nobody },
    ...{ llm: { complete: nobody }, llmEndpoints: [] },
    observer: { decided() {}, refused() {}, watched() {}, unlanded() {} },
  });
  await plane.projection.rebuild(store);
  held = {
    ...{ run: RUN, module: "probe", digest: DIGEST, principal: "alice", licence: claims.jti },
    ...{ verdict: "Defer", moduleVerdict: "Defer", reasons: [], chain: DIGEST },
    writes: [{ seq: 2, id: BLOCK, loa: "Observer" }],
  };
  return async () => {
    await plane.close();
    home.remove();
  };
});

const call = { seq: 2, method: "memory.write", args: { text: "kept" }, result: { ref: BLOCK }, ms: 1 };
const run = { run: RUN, calls: [call] } as unknown as RecordedRun;
const level: Loa = "Operator";
const resumed = (of = held, recorded = run) => resume(plane, of, recorded, level, "test");
const follow = async (...records: RecordDraft[]) => {
  const { records: placed } = await store.append({ records }, SERVICE_AUTHORITY);
  plane.projection.follow(records, placed);
};
const issue = (loa: Loa, more: object = {}) => follow(licenceDraft(home.claims("alice", loa, more)));
const change = (payload: Record<string, Json>) =>
  follow(system("module.change", "system/module/probe", { ...payload, reason: "r", mode: "solo" }));

describe("a resumed run", () => {
  it("writes what it asked for, under its own id and level, decided for its caller and module now", () => {
    const { rerun, writes } = resumed();
    expect(rerun.body).toMatchObject({
      action: "module.run",
      principal: "alice",
      run: RUN,
      verdict: "allow",
    });
    expect(writes).toMatchObject([
      {
        made: { body: { action: "memory.write", principal: "alice", run: RUN, module: "probe" } },
        effect: { id: BLOCK, loa: "Observer", stream: "memory/alice", payload: { text: "kept" } },
      },
    ]);
  });

  it("goes on under the licence that replaced its own, at no more than the level of the run", async () => {
    await issue("Root");
    expect(resumed().rerun.body).toMatchObject({ loa: "Operator", verdict: "allow" });
  });

  const REFUSED: [what: string, reason: string, () => Promise<unknown> | unknown][] = [
    [
      "when its licence has expired and no other counts",
      "licence-absent",
      () => {
        now = new Date(Date.parse(now) + 2 * 3_600_000).toISOString();
      },
    ],
    ["under a licence of a lower level", "level-too-low", () => issue("Observer")],
    [
      "under a licence whose scope does not cover it",
      "out-of-scope",
      () => issue("Operator", { scope: ["memory.*"] }),
    ],
    [
      "when another version of its module is in force",
      "module-replaced",
      () =>
        change({
          ...{ change: "register", id: "probe", version: "2.0.0", digest: `sha256:${"2".repeat(64)}` },
          capabilities: [],
        }),
    ],
    [
      "when its module is revoked",
      "module-revoked",
      () => change({ change: "revoke", id: "probe", digest: DIGEST }),
    ],
    [
      "in lockdown",
      "locked-down",
      () =>
        follow(system("system.lockdown", "system/lockdown", { state: "entered", reason: "r", mode: "solo" })),
    ],
  ];
  it.each(REFUSED)("is refused %s: %s", async (_, reason, before) => {
    await before();
    expect(() => resumed()).toThrow(expect.objectContaining({ code: "resume-refused", reason }));
  });

  it("is refused for a block that its caller could not read", () => {
    const high = { ...held, writes: [{ seq: 2, id: BLOCK, loa: "Mentor" as const }] };
    expect(() => resumed(high)).toThrow(expect.objectContaining({ reason: "level-too-low" }));
  });

  it("is damaged when its recorded call is not the write that is held", () => {
    const other = { ...run, calls: [{ ...call, result: { ref: uuidv7() } }] } as unknown as RecordedRun;
    for (const recorded of [other, { ...run, calls: [] }])
      expect(() => resumed(held, recorded)).toThrow(expect.objectContaining({ code: "record-damaged" }));
  });
});
