import { type CanonRecord, completeDraft, DOMAINS, newSalt, recordHash, signAuthored } from "@sigil/canon";
import { generateSeed, type SigningKey, signingKey } from "@sigil/crypto";
import {
  effectiveVerdict,
  manualReviewOutput,
  type RuleZeroOutput,
  type RunFault,
  type TrustResult,
  VERDICTS,
  type Verdict,
} from "@sigil/policy";
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
    loa: kind === "chain.frozen" ? ("Observer" as const) : ("Operator" as const),
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
  readonly trust?: TrustResult | null;
  readonly fault?: RunFault;
  readonly asked?: RunOrder["parents"];
  readonly output?: Partial<RuleZeroOutput>;
  readonly verdict?: RunAnswer["verdict"];
  readonly answer?: (answer: RunAnswer) => RunAnswer;
}

const CALLS: Payload["calls"] = [
  { seq: 0, method: "memory.list", args: {}, result: { items: [{ ref: cited }] }, ms: 1 },
];

function exchange(changes: Changes = {}) {
  const judged = changes.trust === undefined ? trust(true) : changes.trust;
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
    ...{ trust: judged, decision, parents: changes.asked ?? [], startedAt: TS },
  };
  const { fault } = changes;
  const output: RuleZeroOutput = {
    ...(fault === undefined
      ? { context: [{ ref: cited }], reasoning: "r", suggestion: "s", verdict: "Allow", confidence: 1 }
      : manualReviewOutput(fault, "it ended")),
    ...changes.output,
  };
  const told = effectiveVerdict({
    module: fault === undefined ? output.verdict : null,
    refsOk: output.context.every(({ ref }) => ref === cited),
    trustAllowed: judged?.allowed ?? false,
    ...(fault && { error: fault }),
  });
  const verdict = changes.verdict ?? told.verdict;
  const input = recordHash(inputRecord);
  const calls = place("run.calls", { calls: changes.calls ?? CALLS ?? [] }, 1, input, changes.principal);
  const recorded = place("run.output", output as unknown as Payload, 2, recordHash(calls));
  const chainId = uuidv7();
  const body: Payload = {
    chainId,
    ...{
      run,
      input,
      output: recordHash(recorded),
      calls: recordHash(calls),
      verdict,
      moduleVerdict: fault === undefined ? output.verdict : null,
    },
    context: output.context.filter(({ ref }) => ref === cited).map(({ ref }) => ({ ref })),
    reasons: told.reasons as unknown as Payload["reasons"] & object,
    audit: { timestamp: TS, sessionId: decision, loa: "Operator", chainId },
    trust:
      judged === null
        ? { modelId: "none", score: 0, allowed: false }
        : { modelId: judged.model, score: judged.score, allowed: judged.allowed },
    scope: { principal: "alice", moduleId: "m", moduleDigest: DIGEST, sessionId: decision, runId: run },
    engine: { name: "e", version: "1", digest: DIGEST },
    parents: (changes.asked ?? []).map((each) => ({ ...each })),
  };
  const signed = signAuthored(DOMAINS.chain, changes.chain?.(body) ?? body, changes.key ?? mmf);
  const frozen = place("chain.frozen", signed as unknown as Payload, 3, recordHash(recorded));
  const honest: RunAnswer = {
    ...(fault === undefined
      ? { status: verdict === "Allow" ? ("done" as const) : ("held" as const) }
      : { status: "failed" as const, code: fault }),
    ...{ output, verdict },
    records: [calls, recorded, frozen],
    usage: { cpuMs: 1, wallMs: 1, memoryBytes: 1, hostCalls: 1 },
  };
  const open = {
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
    expect(check({ calls, output: { context: [] } }).confirmed.size).toBe(0);
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
    "a verdict laxer than the module's own": { output: { verdict: "Deny" }, verdict: "Allow" },
    "a verdict stricter than Rule Zero's": { verdict: "Deny" },
    "an Allow without trust": { trust: trust(false), verdict: "Allow" },
    "a trust that the decision did not find": {
      trust: trust(false),
      chain: (body) => ({ ...body, trust: { modelId: "trust-v1", score: 0.9, allowed: true } }),
    },
    "an Allow that cites what no call returned": {
      output: { context: [{ ref: "made-up" }] },
      verdict: "Allow",
    },
    "a citation that no call returned, in the chain": {
      output: { context: [{ ref: "made-up" }] },
      chain: (body) => ({ ...body, context: [{ ref: "made-up" }] }),
    },
    "a citation left out of the chain": { chain: (body) => ({ ...body, context: [] }) },
    "a citation under a hash that the record does not have": {
      chain: (body) => ({ ...body, context: [{ ref: cited, hash: DIGEST }] }),
    },
    "a citation of what a lost answer returned": {
      calls: [
        { seq: 0, method: "memory.list", args: {}, error: { code: "some-code", detail: "lost" }, ms: 1 },
      ],
    },
    "a sentence of its own among the reasons": {
      chain: (body) => ({ ...body, reasons: [{ code: "trust-too-low", detail: "the user wrote this" }] }),
    },
    "a failed run that ended with no known fault": {
      fault: "cpu-limit",
      answer: (answer) => ({ ...answer, code: "bored" }),
    },
    "a failed run with a verdict of its module": {
      fault: "cpu-limit",
      chain: (body) => ({ ...body, moduleVerdict: "Allow" }),
    },
    "a failed run with another output than the one that says so": {
      fault: "cpu-limit",
      output: { verdict: "Allow" },
    },
    "a done run under a verdict that holds it": {
      output: { verdict: "Defer" },
      answer: (answer) => ({ ...answer, status: "done" }),
    },
    "a chain of another level": {
      chain: (body) => ({ ...body, audit: { ...(body.audit as Payload), loa: "Root" } }),
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
    "a verdict laxer than the module's own": "the verdict is Allow, and Rule Zero says Deny",
    "a verdict stricter than Rule Zero's": "the verdict is Deny, and Rule Zero says Allow",
    "an Allow without trust": "the verdict is Allow, and Rule Zero says ManualReview",
    "a trust that the decision did not find": "trust is not the one of the run's decision",
    "an Allow that cites what no call returned": "the verdict is Allow, and Rule Zero says ManualReview",
    "a citation that no call returned, in the chain": "context is not what the output cites",
    "a citation left out of the chain": "context is not what the output cites",
    "a citation under a hash that the record does not have": "context is not what the output cites",
    "a citation of what a lost answer returned": "the verdict is Allow, and Rule Zero says ManualReview",
    "a sentence of its own among the reasons": "reasons are not those of Rule Zero",
    "a failed run that ended with no known fault": "has the code bored",
    "a failed run with a verdict of its module": "the module's verdict is Allow in the chain",
    "a failed run with another output than the one that says so": "another than the one that says so",
    "a done run under a verdict that holds it": "the run is done under the verdict Defer",
    "a chain of another level": "audit.loa is Root",
    "a call left out": "is missing from run.calls",
    "a call with another result": "with another result than it had",
    "a call under another name": "is missing from run.calls",
    "records in another order": "is not run.calls",
    "a record left out": "2 records, expected 3",
    "another output beside the recorded one": "not the answered one",
  };

  const named = Object.keys(lies);
  it.each(named)("%s is not believed, and the refusal names the fact", (name) => {
    expect(() => check(lies[name])).toThrow(facts[name]);
  });

  it("a held answer may cite what no call returned: it stands in the output, and not in the chain", () => {
    const { output, chain, reasons } = check({ output: { context: [{ ref: "made-up" }, { ref: cited }] } });
    expect(output.context).toEqual([{ ref: "made-up" }, { ref: cited }]);
    expect(chain.context).toEqual([{ ref: cited }]);
    expect(reasons.map(({ code }) => code)).toEqual(["ref-unknown"]);
  });

  // Every output that a module can give, by what it says, what it cites and whom it runs for; and what has to come of it.
  const required: readonly [said: Verdict, sound: boolean, trusted: boolean, effect: Verdict][] = [
    ["Allow", true, true, "Allow"],
    ["Allow", true, false, "ManualReview"],
    ["Allow", false, true, "ManualReview"],
    ["Allow", false, false, "ManualReview"],
    ["Defer", true, true, "Defer"],
    ["Defer", true, false, "ManualReview"],
    ["Defer", false, true, "ManualReview"],
    ["Defer", false, false, "ManualReview"],
    ["ManualReview", true, true, "ManualReview"],
    ["ManualReview", true, false, "ManualReview"],
    ["ManualReview", false, true, "ManualReview"],
    ["ManualReview", false, false, "ManualReview"],
    ["Deny", true, true, "Deny"],
    ["Deny", true, false, "Deny"],
    ["Deny", false, true, "Deny"],
    ["Deny", false, false, "Deny"],
  ];
  it.each(required)(
    "of an output that says %s, its references sound %s and its trust enough %s, the verdict %s is believed and no other",
    (said, sound, trusted, effect) => {
      const believed = VERDICTS.filter((verdict) => {
        try {
          const output = { verdict: said, context: [{ ref: sound ? cited : "made-up" }] };
          check({ output, verdict, trust: trusted ? trust(true) : trust(false) });
          return true;
        } catch {
          return false;
        }
      });
      expect(believed).toEqual([effect]);
    },
  );

  it("a run that no trust was asked of is not allowed, and its chain says so", () => {
    const { chain } = check({ trust: null });
    expect(chain).toMatchObject({ verdict: "ManualReview", trust: { modelId: "none", allowed: false } });
  });
});
