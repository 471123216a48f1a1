// What a module host may ask under a grant: the real control plane over a store in memory, and a host that asks what it likes.
import { type Json, recordHash } from "@sigil/canon";
import { generateSeed, type SigningKey, signingKey } from "@sigil/crypto";
import type { Caller } from "@sigil/policy";
import { ProblemError, parseHostArguments } from "@sigil/wire";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ControlPlane, joinControlPlane } from "../../src/control-plane.ts";
import { SERVICE_AUTHORITY } from "../../src/domain/authority.ts";
import { draft } from "../../src/domain/records/drafts.ts";
import type { HostRequest } from "../../src/domain/runs/host-calls.ts";
import type { RunOrder } from "../../src/domain/runs/module-host.ts";
import { Home, licenceDraft, PINNED, PUBLISHER } from "../home.ts";
import { MemoryStore } from "../memory-store.ts";

const DIGEST = `sha256:${"1".repeat(64)}`;
const MODULE = {
  publisher: PUBLISHER.kid,
  ...{ id: "probe", version: "1.0.0", digest: DIGEST },
  capabilities: [
    { name: "memory.list", scope: {} },
    { name: "interaction.log", scope: {} },
    { name: "canon.read", scope: { streams: ["guidance/*"] } },
  ],
};

let home: Home;
let key: SigningKey;
let store: MemoryStore;
let plane: ControlPlane;
let now: string;
/** What the host does with an order and its grant; the run then fails. */
let asks: (order: RunOrder, grant: string) => Promise<void>;
const jti = { of: "" };

beforeAll(async () => {
  home = new Home();
  key = signingKey(generateSeed());
  now = new Date().toISOString();
  store = new MemoryStore(key);
  const genesis = draft({
    ...{ kind: "system.genesis", space: "system", stream: "system/genesis", loa: "Observer" },
    author: { principal: "bootstrap", loa: "Root" },
    payload: { runtimeId: home.runtimeId, mode: "solo", modules: [MODULE], publishers: [PINNED] },
  });
  const secret = draft({
    ...{ kind: "canon.entry", space: "system", stream: "secret/one", loa: "Observer" },
    author: { principal: "bootstrap", loa: "Root" },
    payload: { slug: "secret/one", title: "Secret", text: "Text.", tags: [] },
  });
  await store.append({ records: [genesis, secret] }, SERVICE_AUTHORITY);
  const trust = home.pin(recordHash(store.records[0] as never));
  const claims = home.claims("alice", "Operator");
  jti.of = claims.jti;
  await store.append({ records: [licenceDraft(claims)] }, SERVICE_AUTHORITY);
  const nobody = async (): Promise<never> => Promise.reject(new Error("nobody is asked"));
  plane = joinControlPlane({
    ...{ store, trust, key, hostKid: key.kid, chainKeys: new Map(), now: () => now },
    violationLimit: () => ({ violations: 5, hours: 24 }),
    host: {
      ...{ list: nobody, manifest: nobody, replay: nobody },
      async execute(order, grant) {
        await asks(order, grant);
        throw new ProblemError("runner-unavailable", "asked enough");
      },
    },
    ...{ llm: { complete: nobody }, llmEndpoints: [] },
    observer: { decided() {}, refused() {}, watched() {}, unlanded() {} },
  });
  await plane.projection.rebuild(store);
});
afterAll(async () => {
  await plane.close();
  home.remove();
});

type Call = HostRequest["call"];

/** The code that each of the calls is answered with, made in turn under one grant; `done` where it is answered. */
async function codesOf(
  calls: (
    order: RunOrder,
  ) => readonly [call: Call, seq: number, args: Json, run?: string | undefined, grant?: string][],
  between: (at: number) => void = () => {},
): Promise<string[]> {
  const codes: string[] = [];
  const { gate } = plane;
  const licence = { jti: jti.of, serial: 1, scope: ["*"] };
  const caller: Caller = { principal: "alice", loa: "Operator", licence };
  const question = {
    action: "module.run",
    caller,
    facts: gate.facts(caller),
    policy: gate.policy,
    route: "test",
  };
  asks = async (order, grant) => {
    for (const [at, [call, seq, args, run = order.run, held = grant]] of calls(order).entries()) {
      between(at);
      const asked = async () =>
        plane.hostCalls.answer({ call, run, seq, args: parseHostArguments(call, args) } as HostRequest, held);
      codes.push(
        await asked().then(
          () => "done",
          ({ code }: ProblemError) => code,
        ),
      );
    }
  };
  const made = await gate.admit(question);
  await expect(plane.runs.run(made, { module: "probe", input: {} })).rejects.toMatchObject({
    code: "runner-unavailable",
  });
  return codes;
}

describe("a host call at the control plane, whatever the module host let through", () => {
  it("is answered once for each position, and for no position past the limit", async () => {
    const codes = await codesOf(() => [
      ["memory.list", 1, {}],
      ["memory.list", 0, {}],
      ["memory.list", 1, {}],
      ["interaction.log", 63, { entry: "the last" }],
      ["interaction.log", 64, { entry: "one too many" }],
    ]);
    expect(codes).toEqual(["done", "done", "run-sequence", "done", "host-call-limit"]);
  });

  it("that the registered module does not declare, or whose stream its scope does not name, is refused", async () => {
    const [, secret] = store.records;
    const codes = await codesOf(() => [
      ["memory.write", 0, { text: "undeclared" }],
      ["canon.read", 1, { stream: "secret/one" }],
      ["canon.read", 2, { id: secret?.id ?? "" }],
      ["canon.read", 3, { stream: "guidance/none" }],
      ["audit.emit", 4, { claim: "undeclared" }],
    ]);
    const missing = "capability-missing";
    expect(codes).toEqual([missing, missing, missing, "not-found", missing]);
    expect(store.records.filter(({ kind }) => kind === "memory.block")).toEqual([]);
  });

  it("under another run, another grant, or when the time of the run is over, is run-not-open", async () => {
    let first: { run: string; grant: string } | undefined;
    await codesOf(({ run }) => {
      first = { run, grant: "" };
      return [];
    });
    const start = now;
    const codes = await codesOf(
      () => [
        ["memory.list", 0, {}, first?.run],
        ["memory.list", 0, {}, undefined, "AAAA.AAAA"],
        ["memory.list", 0, {}],
        ["memory.list", 1, {}],
      ],
      (at) => {
        if (at === 3) now = new Date(Date.parse(start) + 600_000).toISOString();
      },
    );
    now = start;
    expect(codes).toEqual(["run-not-open", "run-not-open", "done", "run-not-open"]);
  });

  it("ends with the licence behind the run", async () => {
    const codes = await codesOf(
      () => [
        ["memory.list", 0, {}],
        ["memory.list", 1, {}],
      ],
      (at) => {
        const payload = { jti: jti.of, sub: "alice", reason: "gone" };
        if (at === 1) plane.projection.absorb({ kind: "license.revoke", payload });
      },
    );
    expect(codes).toEqual(["done", "run-not-open"]);
  });
});
