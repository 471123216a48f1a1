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
import {
  chainParents,
  citedContext,
  effectiveVerdict,
  isRunFault,
  modelsAsked,
  type RuleZeroOutput,
  refsReturned,
  ruleZeroOutput,
  type Verdict,
} from "@sigil/policy";
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
 * this run and its caller, the chain is signed by the pinned key and cites exactly these records, the calls are those that
 * were answered here, and context, verdict and reasons are what Rule Zero makes of output, calls and trust.
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
  const confirmed = checkCalls(calls, run);
  checkRuleZero(
    chain,
    answer,
    recorded,
    order,
    run.calls.filter(({ seq }) => confirmed.has(seq)),
  );
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
    const least = kind === "chain.frozen" ? "Observer" : order.loa;
    insist(record.loa === least, `${place} is readable from ${record.loa} on, expected ${least}`);
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
  const { principal, module, digest, session, run, loa } = order;
  const expected: Record<string, Record<string, Json | undefined>> = {
    scope: { principal, moduleId: module, moduleDigest: digest, sessionId: session, runId: run },
    audit: { sessionId: session, loa, chainId: chain.chainId },
  };
  for (const [part, fields] of Object.entries(expected)) {
    const said = chain[part] as Record<string, Json>;
    for (const [field, value] of Object.entries(fields)) {
      insist(
        said[field] === value,
        `the chain's ${part}.${field} is ${String(said[field])}, expected ${String(value)}`,
      );
    }
  }
}

/**
 * Asks Rule Zero again. What the module host may say freely is the output and which fault ended the run; everything that
 * follows from them is worked out here, so that neither a laxer verdict nor a word of a module can stand in a chain.
 */
function checkRuleZero(
  chain: Record<string, Json>,
  answer: RunAnswer,
  recorded: RuleZeroOutput,
  order: RunOrder,
  seen: OpenRun["calls"],
): void {
  const failed = answer.status === "failed";
  const { code } = answer;
  const error = failed && code !== undefined && isRunFault(code) ? code : undefined;
  insist(failed === (error !== undefined), `a run that is ${answer.status} has the code ${String(code)}`);
  insist(
    !failed || (recorded.verdict === "ManualReview" && recorded.context.length === 0),
    "the run failed, and its output is another than the one that says so",
  );
  const module: Verdict | null = failed ? null : recorded.verdict;
  insist(
    chain.moduleVerdict === module,
    `the module's verdict is ${String(chain.moduleVerdict)} in the chain`,
  );
  const { cited, refsOk } = citedContext(recorded.context, refsReturned(seen));
  const { verdict, reasons } = effectiveVerdict({
    ...{ module, refsOk, trustAllowed: order.trust?.allowed ?? false },
    ...(error === undefined ? {} : { error }),
  });
  insist(answer.verdict === verdict, `the verdict is ${answer.verdict}, and Rule Zero says ${verdict}`);
  insist(
    failed || (answer.status === "done") === (verdict === "Allow"),
    `the run is ${answer.status} under the verdict ${verdict}`,
  );
  insist(sameJson(chain.reasons, reasons), "the chain's reasons are not those of Rule Zero");
  insist(
    sameJson(chain.context, cited),
    "the chain's context is not what the output cites of the run's calls",
  );
  const { parents, omitted } = chainParents(order.parents, cited, seen);
  insist(
    sameJson(chain.parents, parents) && (chain.parentsOmitted ?? 0) === omitted,
    "the chain's parents are not those that the caller named and those of what the run read",
  );
  insist(
    sameJson(chain.models ?? [], modelsAsked(seen)),
    "the chain's models are not those that answered in the run",
  );
  const { trust } = order;
  const expected =
    trust === null
      ? { modelId: "none", score: 0, allowed: false }
      : { modelId: trust.model, score: trust.score, allowed: trust.allowed };
  insist(sameJson(chain.trust, expected), "the chain's trust is not the one of the run's decision");
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
