import { type CanonRecord, completeDraft, DOMAINS, newSalt, recordHash, signAuthored } from "@sigil/canon";
import { generateSeed, type SigningKey, signingKey } from "@sigil/crypto";
import type { RuleZeroOutput, TrustResult } from "@sigil/policy";
import { v7 as uuidv7 } from "uuid";
import { describe, expect, it } from "vitest";
import { checkAnswer } from "../../src/domain/runs/chain-check.ts";
import type { RunAnswer, RunOrder } from "../../src/domain/runs/module-host.ts";
import type { OpenRun } from "../../src/domain/runs/open-runs.ts";

const mmf = signingKey(generateSeed());
const DIGEST = `sha256:${"1".repeat(64)}`;
const TS = "2026-11-22T12:00:00.000Z";
const run = uuidv7();
const decision = uuidv7();
const cited = uuidv7();

const trust = (allowed: boolean): TrustResult => ({
  model: "trust-v1",
  score: allowed ? 0.9 : 0.1,
  threshold: 0.4,
  allowed,
  bias: 0,
  logit: 0,
  contributions: [],
  reputation: { mean: 0.3, sd: 0.2, value: 0.1, good: 0, bad: 0 },
});

type Payload = CanonRecord["payload"];

function place(
  kind: CanonRecord["kind"],
  payload: Payload,
  seq: number,
  prev: string | null,
  principal = "alice",
): CanonRecord {
  const author = { principal, loa: "Operator" as const, module: "m", run, decision };
  const draft = {
    id: uuidv7(),
    kind,
    space: "user" as const,
    stream: `run/${run}`,
    loa: "Operator" as const,
    author,
    links: [],
    salt: newSalt(),
    payload,
  };
  return completeDraft(draft, { seq, prev, ts: TS });
}

/** What a test changes of an honest answer, before it is signed and chained. */
interface Changes {
  readonly chain?: (body: Payload) => Payload;
  readonly key?: SigningKey;
  readonly calls?: Payload["calls"];
  readonly principal?: string;
  readonly trust?: TrustResult;
  readonly output?: Partial<RuleZeroOutput>;
  readonly verdict?: RunAnswer["verdict"];
  readonly answer?: (answer: RunAnswer) => RunAnswer;
}

const CALLS: Payload["calls"] = [
  { seq: 0, method: "memory.list", args: {}, result: { items: [{ ref: cited }] }, ms: 1 },
];

function exchange(changes: Changes = {}) {
  const inputRecord = place("run.input", { module: "m", digest: DIGEST, input: {} }, 0, null);
  const order: RunOrder = {
    ...{
      run,
      module: "m",
      digest: DIGEST,
      input: {},
      inputRecord,
      principal: "alice",
      loa: "Operator",
      session: decision,
    },
    ...{ trust: changes.trust ?? trust(true), decision, startedAt: TS },
  };
  const output: RuleZeroOutput = {
    ...{ context: [{ ref: cited }], reasoning: "r", suggestion: "s", verdict: "Allow", confidence: 1 },
    ...changes.output,
  };
  const verdict = changes.verdict ?? "Allow";
  const input = recordHash(inputRecord);
  const calls = place("run.calls", { calls: changes.calls ?? CALLS ?? [] }, 1, input, changes.principal);
  const recorded = place("run.output", output as unknown as Payload, 2, recordHash(calls));
  const body: Payload = {
    chainId: uuidv7(),
    ...{
      run,
      input,
      output: recordHash(recorded),
      calls: recordHash(calls),
      verdict,
      moduleVerdict: output.verdict,
    },
    context: output.context.map(({ ref }) => ({ ref })),
    reasons: [],
    audit: { timestamp: TS, sessionId: decision, loa: "Operator", chainId: run },
    trust: { modelId: "trust-v1", score: 0.9, allowed: true },
    scope: { principal: "alice", moduleId: "m", moduleDigest: DIGEST, sessionId: decision, runId: run },
    engine: { name: "e", version: "1", digest: DIGEST },
    parents: [],
  };
  const signed = signAuthored(DOMAINS.chain, changes.chain?.(body) ?? body, changes.key ?? mmf);
  const frozen = place("chain.frozen", signed as unknown as Payload, 3, recordHash(recorded));
  const honest: RunAnswer = {
    ...{ status: verdict === "Allow" ? ("done" as const) : ("held" as const), output, verdict },
    records: [calls, recorded, frozen],
    usage: { cpuMs: 1, wallMs: 1, memoryBytes: 1, hostCalls: 1 },
  };
  const open = {
    refs: new Map([[cited, undefined]]),
    calls: [{ seq: 0, method: "memory.list", result: { items: [{ ref: cited }] } }],
  } as unknown as OpenRun;
  return { answer: changes.answer?.(honest) ?? honest, order, open };
}

function check(changes: Changes = {}) {
  const { answer, order, open } = exchange(changes);
  return checkAnswer(answer, order, open, (kid) => (kid === mmf.kid ? mmf.publicKey : undefined));
}

describe("the module host's answer", () => {
  it("an honest answer is believed, with the calls whose results the module saw", () => {
    expect([...check().confirmed]).toEqual([0]);
  });

  it("a call whose answer got lost is believed but not confirmed", () => {
    const calls = [
      {
        seq: 0,
        method: "memory.list",
        args: {},
        error: { code: "control-plane-unavailable", detail: "d" },
        ms: 1,
      },
    ];
    expect(check({ calls }).confirmed.size).toBe(0);
  });

  const lies: Record<string, Changes> = {
    "a chain under a key that is not pinned": { key: signingKey(generateSeed()) },
    "a chain of another run": { chain: (body) => ({ ...body, run: uuidv7() }) },
    "a chain over another input": { chain: (body) => ({ ...body, input: DIGEST }) },
    "a chain over another output": { chain: (body) => ({ ...body, output: DIGEST }) },
    "a chain over other calls": { chain: (body) => ({ ...body, calls: DIGEST }) },
    "a chain of another principal": {
      chain: (body) => ({ ...body, scope: { ...(body.scope as Payload), principal: "bob" } }),
    },
    "a chain of another module digest": {
      chain: (body) => ({
        ...body,
        scope: { ...(body.scope as Payload), moduleDigest: `sha256:${"2".repeat(64)}` },
      }),
    },
    "a chain with another verdict than the answer": { chain: (body) => ({ ...body, verdict: "Deny" }) },
    "a record of another principal": { principal: "bob" },
    "a verdict laxer than the module's own": { output: { verdict: "Deny" } },
    "an Allow without trust": { trust: trust(false) },
    "an Allow that cites what no call returned": { output: { context: [{ ref: "made-up" }] } },
    "a citation under a hash that the record does not have": {
      chain: (body) => ({ ...body, context: [{ ref: "made-up", hash: DIGEST }] }),
      verdict: "ManualReview",
    },
    "a call left out": { calls: [] },
    "a call with another result": {
      calls: [{ seq: 0, method: "memory.list", args: {}, result: { items: [] }, ms: 1 }],
    },
    "a call under another name": {
      calls: [{ seq: 0, method: "canon.read", args: {}, result: { items: [{ ref: cited }] }, ms: 1 }],
    },
    "records in another order": {
      answer: (answer) => ({ ...answer, records: answer.records.toReversed() }),
    },
    "a record left out": { answer: (answer) => ({ ...answer, records: answer.records.slice(0, 2) }) },
    "another output beside the recorded one": {
      answer: (answer) => ({ ...answer, output: { ...answer.output, suggestion: "other" } }),
    },
  };

  const facts: Record<string, string> = {
    "a chain under a key that is not pinned": "not among the trusted keys",
    "a chain of another run": "the chain's run is",
    "a chain over another input": "the chain's input is",
    "a chain over another output": "the chain's output is",
    "a chain over other calls": "the chain's calls is",
    "a chain of another principal": "scope.principal is bob",
    "a chain of another module digest": "scope.moduleDigest is",
    "a chain with another verdict than the answer": "the chain's verdict is Deny",
    "a record of another principal": "is by bob",
    "a verdict laxer than the module's own": "Allow is laxer than Deny",
    "an Allow without trust": "Allow is laxer than ManualReview",
    "an Allow that cites what no call returned": "cites made-up, which no host call returned",
    "a citation under a hash that the record does not have": "under a hash that it does not have",
    "a call left out": "is missing from run.calls",
    "a call with another result": "with another result than it had",
    "a call under another name": "is missing from run.calls",
    "records in another order": "is not run.calls",
    "a record left out": "2 records, expected 3",
    "another output beside the recorded one": "not the answered one",
  };

  it.each(Object.keys(lies))("%s is not believed, and the refusal names the fact", (name) => {
    expect(() => check(lies[name])).toThrow(facts[name]);
  });

  it("a held answer may cite what no call returned: the citation is recorded as it was made", () => {
    expect(
      check({ output: { context: [{ ref: "made-up" }] }, verdict: "ManualReview" }).output.context,
    ).toEqual([{ ref: "made-up" }]);
  });
});
