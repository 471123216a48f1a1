import {
  type CanonRecord,
  canonicalize,
  checkRecord,
  DOMAINS,
  type Json,
  KINDS,
  recordHash,
  verifyAuthored,
} from "@sigil/canon";
import type { VerifyKey } from "@sigil/crypto";
import { mostRestrictive, type RuleZeroOutput, ruleZeroOutput } from "@sigil/policy";
import { type ChainBody, checkPayload } from "@sigil/wire";
import type { RunAnswer, RunOrder } from "./module-host.ts";
import type { OpenRun } from "./open-runs.ts";

const ANSWERED = ["run.calls", "run.output", "chain.frozen"] as const;

/** The answer as it may be recorded. */
export interface CheckedAnswer {
  readonly records: readonly [calls: CanonRecord, output: CanonRecord, chain: CanonRecord];
  readonly chain: Readonly<Record<string, Json>>;
  readonly output: RuleZeroOutput;
  readonly reasons: ChainBody["reasons"];
  /** Positions of the host calls whose results the module saw. */
  readonly confirmed: ReadonlySet<number>;
}

export class ChainCheckError extends Error {
  override readonly name = "ChainCheckError";
}

/**
 * Believes nothing of a module host's answer that can be checked: the records chain after the run's input, belong to
 * this run and its caller, the chain is signed by the pinned key and cites exactly these records, it cites no context
 * that no host call returned, and its verdict is not laxer than the module's own or the policy's.
 * @throws ChainCheckError with the first fact that does not hold
 */
export function checkAnswer(
  answer: RunAnswer,
  order: RunOrder,
  run: OpenRun,
  keys: (kid: string) => VerifyKey | undefined,
): CheckedAnswer {
  const records = checkLinks(answer, order);
  const [calls, output, frozen] = records;
  const chain = authored(frozen, keys);
  const expected: Record<string, Json> = {
    run: order.run,
    input: recordHash(order.inputRecord),
    calls: recordHash(calls),
    output: recordHash(output),
    verdict: answer.verdict,
  };
  for (const [field, value] of Object.entries(expected)) {
    insist(
      chain[field] === value,
      `the chain's ${field} is ${String(chain[field])}, expected ${String(value)}`,
    );
  }
  checkScope(chain, order);
  const recorded = ruleZeroOutput.parse(output.payload);
  insist(sameJson(recorded, answer.output), "the recorded output is not the answered one");
  checkVerdict(chain, answer, recorded, order);
  checkContext(chain, answer, run);
  const confirmed = checkCalls(calls, run);
  return { records, chain, output: recorded, confirmed, reasons: chain.reasons as ChainBody["reasons"] };
}

function checkLinks(answer: RunAnswer, order: RunOrder): CheckedAnswer["records"] {
  insist(
    answer.records.length === ANSWERED.length,
    `${answer.records.length} records, expected ${ANSWERED.length}`,
  );
  let prev = recordHash(order.inputRecord);
  const records: CanonRecord[] = [];
  for (const [position, kind] of ANSWERED.entries()) {
    const record = checkRecord(answer.records[position]);
    const place = `record ${position + 1} (${record.kind})`;
    insist(record.kind === kind, `${place} is not ${kind}`);
    insist(record.stream === order.inputRecord.stream, `${place} is of stream ${record.stream}`);
    insist(record.seq === position + 1 && record.prev === prev, `${place} does not follow its predecessor`);
    insist(record.author.principal === order.principal, `${place} is by ${record.author.principal}`);
    insist(record.author.run === order.run, `${place} is of run ${String(record.author.run)}`);
    insist(record.author.module === order.module, `${place} is of module ${String(record.author.module)}`);
    checkPayload(kind, record.payload);
    prev = recordHash(record);
    records.push(record);
  }
  return records as unknown as CheckedAnswer["records"];
}

function authored(frozen: CanonRecord, keys: (kid: string) => VerifyKey | undefined): Record<string, Json> {
  return verifyAuthored(DOMAINS.chain, frozen.payload, keys);
}

function checkScope(chain: Record<string, Json>, order: RunOrder): void {
  const scope = chain.scope as Record<string, Json>;
  const expected: Record<string, string> = {
    principal: order.principal,
    moduleId: order.module,
    moduleDigest: order.digest,
    sessionId: order.session,
    runId: order.run,
  };
  for (const [field, value] of Object.entries(expected)) {
    insist(
      scope[field] === value,
      `the chain's scope.${field} is ${String(scope[field])}, expected ${value}`,
    );
  }
}

function checkVerdict(
  chain: Record<string, Json>,
  answer: RunAnswer,
  recorded: RuleZeroOutput,
  order: RunOrder,
): void {
  const asked = chain.moduleVerdict as RuleZeroOutput["verdict"] | null;
  insist(asked !== null || answer.status !== "done", "the module gave no verdict, and yet the run is done");
  const own = asked === null ? recorded.verdict : mostRestrictive(recorded.verdict, asked);
  const laxest = order.trust === null || order.trust.allowed ? own : mostRestrictive(own, "ManualReview");
  insist(
    mostRestrictive(answer.verdict, laxest) === answer.verdict,
    `the verdict ${answer.verdict} is laxer than ${laxest}`,
  );
}

function checkContext(chain: Record<string, Json>, answer: RunAnswer, run: OpenRun): void {
  const context = chain.context as { ref: string; hash?: string }[];
  for (const { ref, hash } of context) {
    const known = run.refs.has(ref);
    insist(known || answer.verdict !== "Allow", `the context cites ${ref}, which no host call returned`);
    const expected = run.refs.get(ref);
    insist(
      hash === undefined || (known && (expected === undefined || expected === hash)),
      `the context cites ${ref} under a hash that it does not have`,
    );
  }
}

/**
 * The module host cannot leave out or alter a call that the control plane answered. A call whose answer got lost on
 * the way stands there with an error; the module did not see its result, so it is not confirmed.
 */
function checkCalls(calls: CanonRecord, run: OpenRun): ReadonlySet<number> {
  const told = calls.payload.calls as unknown as { seq: number; method: string; result?: Json }[];
  const bySeq = new Map(told.map((call) => [call.seq, call]));
  const confirmed = new Set<number>();
  for (const { seq, method, result } of run.calls) {
    const account = bySeq.get(seq);
    insist(account?.method === method, `call ${seq} (${method}) is missing from run.calls`);
    if (account?.result === undefined) continue;
    insist(
      sameJson(account.result, result),
      `call ${seq} (${method}) is recorded with another result than it had`,
    );
    confirmed.add(seq);
  }
  return confirmed;
}

function sameJson(a: unknown, b: unknown): boolean {
  const limits = { maxBytes: KINDS["run.calls"].maxBytes };
  return canonicalize(a, limits) === canonicalize(b, limits);
}

function insist(condition: boolean, fact: string): asserts condition {
  if (!condition) throw new ChainCheckError(fact);
}
