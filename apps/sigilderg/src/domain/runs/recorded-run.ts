import { CanonError, DOMAINS, type Json, verifyAuthored } from "@sigil/canon";
import { CryptoError, type VerifyKey } from "@sigil/crypto";
import type { RuleZeroOutput } from "@sigil/policy";
import { type ChainBody, ProblemError, type ReplayRequest } from "@sigil/wire";
import type { Authority } from "../authority.ts";
import { mayKnow } from "../records/ownership.ts";
import type { Store, StoredRecord } from "../records/store.ts";

/** A run that ended, as its records tell it: the chain verified, and what it cites held against its hashes. */
export interface RecordedRun {
  readonly run: string;
  readonly startedAt: string;
  readonly input: Json;
  readonly calls: ReplayRequest["calls"];
  readonly output: RuleZeroOutput;
  readonly chain: ChainBody;
  /** Record hash of the chain. */
  readonly chainHash: string;
}

const KINDS = ["run.input", "run.calls", "run.output", "chain.frozen"] as const;
type Texts = Record<(typeof KINDS)[number], StoredRecord>;

/**
 * Reads everything that a replay of a run needs. `known` decides who may: without it the run's own principal alone.
 * @throws ProblemError `not-found`, the same for a run that is not there and one of another · `replay-not-recorded` when the run
 * left no output, or its texts are erased · `record-damaged` when the
 * chain does not verify, or cites other records than are stored
 */
export async function readRecordedRun(
  store: Pick<Store, "query">,
  run: string,
  authority: Authority,
  keys: (kid: string) => VerifyKey | undefined,
  known: (record: StoredRecord["signed"]["record"]) => boolean = (record) =>
    mayKnow(record, authority.principal) && record.author.principal === authority.principal,
): Promise<RecordedRun> {
  const { records } = await store.query({ stream: `run/${run}`, order: "asc", limit: 8 }, authority);
  const [first] = records;
  if (first === undefined || !known(first.signed.record)) {
    throw new ProblemError("not-found", `there is no run ${run} that you may read`, {
      decisionId: authority.decision,
    });
  }
  const texts = requireTexts(run, records, authority);
  const chain = requireChain(run, texts, keys);
  const { calls } = texts["run.calls"].signed.record.payload as unknown as Pick<RecordedRun, "calls">;
  if (calls.some(({ error }) => error?.code === "calls-too-large"))
    throw unrecorded(run, "its calls outgrew their record", authority);
  const input = texts["run.input"].signed.record;
  return {
    run,
    startedAt: input.ts,
    input: input.payload.input ?? null,
    calls,
    output: texts["run.output"].signed.record.payload as unknown as RuleZeroOutput,
    chain,
    chainHash: texts["chain.frozen"].rh,
  };
}

function requireTexts(run: string, records: readonly StoredRecord[], authority: Authority): Texts {
  const found = new Map(records.map((stored) => [stored.signed.record.kind as string, stored]));
  const missing = KINDS.filter((kind) => !found.has(kind));
  if (missing.length === 0) return Object.fromEntries(found) as Texts;
  const frozen = found.has("chain.frozen");
  const why = frozen ? `its ${missing.join(", ")} are erased` : "it left no output";
  throw unrecorded(run, why, authority);
}

/** The chain's own signature, and that it cites exactly these records. */
function requireChain(
  run: string,
  texts: Texts,
  keys: (kid: string) => VerifyKey | undefined,
): RecordedRun["chain"] {
  const chain = verified(run, texts["chain.frozen"], keys);
  const cited = { input: "run.input", calls: "run.calls", output: "run.output" } as const;
  if (chain.run !== run)
    throw new ProblemError("record-damaged", `the chain in run/${run} is of run ${chain.run}`);
  for (const [field, kind] of Object.entries(cited)) {
    if (chain[field as keyof typeof cited] === texts[kind].rh) continue;
    throw new ProblemError("record-damaged", `the chain of run ${run} cites another ${kind} than is stored`);
  }
  return chain;
}

function verified(
  run: string,
  { signed }: StoredRecord,
  keys: (kid: string) => VerifyKey | undefined,
): RecordedRun["chain"] {
  try {
    return verifyAuthored(DOMAINS.chain, signed.record.payload, keys) as unknown as ChainBody;
  } catch (cause) {
    if (!(cause instanceof CanonError || cause instanceof CryptoError)) throw cause;
    const detail = `the chain of run ${run} does not carry the module host's signature`;
    throw new ProblemError("record-damaged", detail, { cause });
  }
}

function unrecorded(run: string, why: string, { decision }: Authority): ProblemError {
  return new ProblemError("replay-not-recorded", `run ${run} cannot be replayed: ${why}`, {
    decisionId: decision,
  });
}
