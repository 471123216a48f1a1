import {
  type CanonRecord,
  completeDraft,
  DOMAINS,
  draftDigest,
  type Json,
  newSalt,
  recordHash,
  signAuthored,
} from "@sigil/canon";
import { Secret, signingKey } from "@sigil/crypto";
import { evaluateTrust, findAction, manualReviewOutput, type RuleZeroOutput } from "@sigil/policy";
import { type ChainStepName, checkChain, checkChains, type ProvedRecord } from "@sigil/wire";
import { describe, expect, test } from "vitest";

const key = signingKey(Secret.from(new Uint8Array(32).fill(7)));
let made = 0;
const uuidv7 = () => `01930000-0000-7000-8000-${(made++).toString(16).padStart(12, "0")}`;
const TS = "2026-11-22T12:00:00.000Z";
const DIGEST = `sha256:${"1".repeat(64)}`;
const OTHER = `sha256:${"2".repeat(64)}`;
const [run, decision, otherRun] = [uuidv7(), uuidv7(), uuidv7()] as const;
type Payload = { [key: string]: Json };

const trust = evaluateTrust(findAction("module.run") as never, "Operator", { mode: "solo" });
if (trust === null) throw new Error("module.run asks for trust");

interface Frame {
  readonly stream?: string;
  readonly seq?: number;
  readonly author?: object;
  readonly links?: CanonRecord["links"];
}
function record(kind: CanonRecord["kind"], payload: Payload, frame: Frame = {}): CanonRecord {
  const { stream = `run/${run}`, seq = 0, author = {}, links = [] } = frame;
  const space = kind.startsWith("decision") ? "system" : "user";
  const whose = { principal: "alice", loa: "Operator" as const, module: "m", run, decision, ...author };
  const draft = {
    id: uuidv7(),
    kind,
    space,
    stream,
    loa: "Observer",
    links,
    salt: newSalt(),
    payload,
  } as const;
  return completeDraft({ ...draft, author: whose }, { seq, prev: seq === 0 ? null : OTHER, ts: TS });
}
const signed = (domain: (typeof DOMAINS)[keyof typeof DOMAINS], body: Payload) =>
  signAuthored(domain, body, key) as unknown as Payload;

/** What a test changes of an honest run, before everything is hashed and signed. */
interface Lie {
  readonly chain?: (body: Payload) => Payload;
  readonly frame?: Frame;
  readonly input?: Payload;
  readonly output?: Partial<RuleZeroOutput>;
  readonly calls?: Json[];
  readonly decision?: Payload;
  readonly outcome?: Payload;
  readonly citedId?: string;
  readonly written?: Frame;
  /** Where the parent lies; the chain is at leaf 20. */
  readonly parentAt?: number;
  readonly leaveOut?: readonly string[];
}

/** The chain of a run that read what another run wrote, wrote a note and cites both, with everything that it cites. */
function world(lie: Lie = {}): { chain: ProvedRecord; all: ProvedRecord[] } {
  const parent = record("chain.frozen", { body: {}, sig: {} }, { stream: `run/${otherRun}`, seq: 3 });
  const note = { type: "semantic", text: "t", tags: [], visibility: "private" };
  const read = record("memory.block", note, { stream: "memory/alice", author: { run: otherRun } });
  const writtenId = uuidv7();
  const item = {
    ref: read.id,
    hash: recordHash(read),
    writtenBy: { run: otherRun, chain: recordHash(parent) },
  };
  const calls = record(
    "run.calls",
    {
      calls: lie.calls ?? [
        { seq: 0, method: "memory.list", args: {}, result: { items: [item] }, ms: 1 },
        { seq: 1, method: "memory.write", args: {}, result: { ref: writtenId }, ms: 1 },
      ],
    },
    { seq: 1 },
  );
  const input = record("run.input", { module: "m", digest: DIGEST, input: {}, ...lie.input });
  const said = {
    ...{ context: [{ ref: read.id }, { ref: writtenId }], reasoning: "r", suggestion: "s" },
    ...{ verdict: "Allow" as const, confidence: 1, ...lie.output },
  };
  const output = record("run.output", said as unknown as Payload, { seq: 2 });
  const chainId = uuidv7();
  const honest: Payload = {
    ...{ chainId, run, input: recordHash(input), output: recordHash(output), calls: recordHash(calls) },
    context: [{ ref: lie.citedId ?? read.id, hash: recordHash(read) }, { ref: writtenId }],
    ...{ verdict: "Allow", moduleVerdict: "Allow", reasons: [] },
    audit: { timestamp: TS, sessionId: "s", loa: "Operator", chainId },
    trust: { modelId: trust?.model ?? "", score: trust?.score ?? 0, allowed: true },
    scope: { principal: "alice", moduleId: "m", moduleDigest: DIGEST, sessionId: "s", runId: run },
    engine: { name: "e", version: "1", digest: DIGEST },
    parents: [{ run: otherRun, hash: recordHash(parent) }],
  };
  const body = lie.chain?.(honest) ?? honest;
  const chain = record("chain.frozen", signed(DOMAINS.chain, body), { seq: 3, ...lie.frame });
  const links = [{ label: "chain", target: recordHash(chain) }];
  const draft = record("memory.block", note, { stream: "memory/alice", seq: 1, links, ...lie.written });
  const written = { ...draft, id: writtenId };
  const admitted = record(
    "decision",
    signed(DOMAINS.decision, {
      ...{ id: decision, action: "module.run", principal: "alice", licence: null, loa: "Operator" },
      ...{ verdict: "allow", reasons: [], policy: DIGEST, mode: "solo", trust: trust as unknown as Json },
      ...{ route: "POST /v1/modules/:id/runs", ts: TS, ...lie.decision },
    }),
    { stream: `decision/${decision}` },
  );
  const effect = { id: chain.id, kind: "chain.frozen", stream: chain.stream, digest: draftDigest(chain) };
  const ended = record(
    "decision.outcome",
    signed(DOMAINS.outcome, { decision, status: "done", effects: [effect], ts: TS, ...lie.outcome }),
    { stream: `decision/${decision}`, seq: 1 },
  );
  const leaves: [number, CanonRecord][] = [
    ...([
      [lie.parentAt ?? 5, parent],
      [6, read],
      [10, admitted],
      [11, input],
      [17, written],
    ] as const),
    ...([
      [18, calls],
      [19, output],
      [20, chain],
      [21, ended],
    ] as const),
  ].map(([index, each]) => [index, each]);
  const all = leaves.map(([index, each]) => ({ index, record: each, rh: recordHash(each) }));
  const kept = all.filter(({ record: { kind } }) => !(lie.leaveOut ?? []).includes(kind));
  return { chain: all.find(({ index }) => index === 20) as ProvedRecord, all: kept };
}

const reportOf = (lie: Lie = {}) => {
  const { chain, all } = world(lie);
  return checkChain(chain, all);
};

describe("a FrozenChain among what it cites", () => {
  test("holds when every record is what it says", () => {
    const report = reportOf();
    expect(report.steps.filter(({ state }) => state !== "holds")).toEqual([]);
    expect(report).toMatchObject({ run, verdict: "holds" });
  });

  const lies: [string, Lie, ChainStepName, string][] = [
    ["in another run's stream", { frame: { stream: `run/${otherRun}` } }, "frame", "stream"],
    ["of another author", { frame: { author: { principal: "bob" } } }, "frame", "principal"],
    ["for another module", { frame: { author: { module: "n" } } }, "frame", "module"],
    ["with a field that no chain has", { chain: (body) => ({ ...body, text: "x" }) }, "frame", "body"],
    ["over the input of another module", { input: { module: "n" } }, "input", "module of the input"],
    ["over the input of another digest", { input: { digest: OTHER } }, "input", "digest of the input"],
    [
      "whose output is its calls",
      { chain: (body) => ({ ...body, output: body.calls as Json }) },
      "output",
      "kind",
    ],
    ["that cites a record under another id", { citedId: uuidv7() }, "context", "id of a cited record"],
    [
      "that cites what another run wrote as its own",
      { written: { author: { run: otherRun } } },
      "context",
      "run that wrote",
    ],
    [
      "that cites a write that is linked to another chain",
      { written: { links: [] } },
      "context",
      "not linked",
    ],
    ["that cites what no host call returned", { calls: [] }, "provenance", "no host call"],
    [
      "that names a model that did not answer",
      { chain: (body) => ({ ...body, models: ["gpt"] }) },
      "provenance",
      "models",
    ],
    ["laxer than its module", { output: { verdict: "Deny" } }, "rule-zero", "module's verdict"],
    [
      "laxer than Rule Zero",
      { chain: (body) => ({ ...body, trust: { ...(body.trust as Payload), allowed: false } }) },
      "rule-zero",
      "the verdict is Allow, expected ManualReview",
    ],
    [
      "with a reason of its own",
      { chain: (body) => ({ ...body, reasons: [{ code: "some-code", detail: "a user's words" }] }) },
      "rule-zero",
      "reasons",
    ],
    ["that leaves out what the output cites", { output: { context: [] } }, "rule-zero", "context"],
    ["that descends from a later one", { parentAt: 22 }, "parents", "comes after"],
    [
      "that hides where it comes from",
      { chain: (body) => ({ ...body, parents: [] }) },
      "parents",
      "does not name",
    ],
    ["admitted for another action", { decision: { action: "memory.write" } }, "decision", "decided action"],
    ["that was denied", { decision: { verdict: "deny" } }, "decision", "decision's verdict"],
    ["admitted at another level", { decision: { loa: "Guest" } }, "decision", "decision's level"],
    ["whose trust nobody found", { decision: { trust: null } }, "decision", "trust that was found"],
    ["whose outcome is about other records", { outcome: { effects: [] } }, "outcome", "does not bind"],
  ];
  test.each(lies)("%s is refused by the step that it fails", (_, lie, step, words) => {
    const report = reportOf(lie);
    expect([report.verdict, report.failed]).toEqual(["refused", step]);
    expect(report.steps.find(({ name }) => name === step)?.detail).toContain(words);
  });

  const absences: [string, ChainStepName[]][] = [
    ["run.input", ["input"]],
    ["run.calls", ["calls", "provenance", "rule-zero"]],
    ["run.output", ["output", "rule-zero"]],
    ["memory.block", ["context"]],
    ["decision", ["decision"]],
    ["decision.outcome", ["outcome"]],
  ];
  test.each(absences)("without its %s is incomplete, and says what could not be asked", (kind, steps) => {
    const report = reportOf({ leaveOut: [kind] });
    expect(report.verdict).toBe("incomplete");
    const absent = report.steps.filter(({ state }) => state === "absent").map(({ name }) => name);
    expect(absent).toEqual(steps);
  });

  test("is looked at for each chain there is, in the order of the log", () => {
    const { all } = world();
    const found = checkChains(all.toReversed());
    expect(found.map(({ failed, verdict }) => failed ?? verdict)).toEqual(["frame", "holds"]);
  });

  test("of a failed run names the fault, and another output than the one that says so is refused", () => {
    const fault = (output: Partial<RuleZeroOutput>) =>
      reportOf({
        output: { ...manualReviewOutput("cpu-limit", "too long"), ...output },
        chain: (body) => ({
          ...{ ...body, context: [], moduleVerdict: null, verdict: "ManualReview" },
          reasons: [{ code: "cpu-limit", detail: "the run ended with cpu-limit" }],
        }),
        outcome: { status: "failed", code: "cpu-limit" },
      });
    expect(fault({}).verdict).toBe("holds");
    expect(fault({ verdict: "Allow" }).failed).toBe("rule-zero");
  });
});
