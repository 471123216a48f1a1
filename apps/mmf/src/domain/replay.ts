import type { Json } from "@sigil/canon";
import { type RuleZeroOutput, refsReturned, type Verdict, type VerdictReason } from "@sigil/policy";
import { MmfError } from "./error.ts";
import { type Module, publisherOf, sourceMap } from "./module.ts";
import { type CallRecord, type Divergence, RecordedCalls } from "./recorded-calls.ts";
import { inputText, type RunParts } from "./run.ts";
import type { Usage } from "./sandbox.ts";
import { authored } from "./stack.ts";
import { judge } from "./verdict.ts";

/** A recorded run, as SigilDERG asks for it to be executed again. */
export interface ReplayOrder {
  run: string;
  module: string;
  digest: string;
  /** Digest of the engine that the chain names. */
  engine: string;
  input: Json;
  startedAt: string;
  /** In the order in which the module was given the answers. */
  calls: readonly CallRecord[];
  trustAllowed: boolean;
  /** The recorded run ended without an output of its module. */
  failed: boolean;
}

/** What a replay came to: as much of output and chain as follows from module, input and calls alone. */
export interface Replayed {
  output: RuleZeroOutput;
  moduleVerdict: Verdict | null;
  verdict: Verdict;
  reasons: VerdictReason[];
  context: { ref: string; hash?: string }[];
}

export interface ReplayAnswer {
  /** The first host call that is not the recorded one; nothing is said of a run that diverged. */
  diverged: Divergence | null;
  replayed: Replayed | null;
  usage: Usage;
}

/**
 * Executes a recorded run again: same module digest, engine, input, start and seed, and the recorded answers to its host calls.
 * Nothing leaves this process: no call is forwarded, nothing is signed.
 * @throws MmfError replay-module-absent, replay-engine-differs, runner-queue-full, runner-start-failed
 */
export async function replayRun(
  parts: Pick<RunParts, "catalog" | "sandbox" | "engine">,
  order: ReplayOrder,
  signal?: AbortSignal,
): Promise<ReplayAnswer> {
  if (order.engine !== parts.engine.digest) {
    throw new MmfError(
      "replay-engine-differs",
      `the run was executed by the engine ${order.engine}, this is ${parts.engine.digest}`,
    );
  }
  const module = await recordedModule(parts, order);
  const { digest, limits } = module.manifest;
  const stop = new AbortController();
  const calls = new RecordedCalls(order.calls, {
    argumentBytes: limits.argumentBytes,
    unanswered: order.failed,
    diverged: () => stop.abort(),
  });
  const outcome = await parts.sandbox.run({
    run: order.run,
    digest,
    publisher: publisherOf(module),
    code: module.code,
    input: inputText(order.input),
    now: Date.parse(order.startedAt),
    limits,
    call: (seq, method, args) => calls.call(seq, method, args),
    signal: signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
  });
  calls.ended();
  const { usage } = outcome;
  if (calls.divergence !== undefined) return { diverged: calls.divergence, replayed: null, usage };
  const { trustAllowed } = order;
  const known = refsReturned(order.calls);
  const judgement = judge(authored(outcome, sourceMap(module)), {
    known,
    callsOverflow: false,
    trustAllowed,
    limits,
  });
  const { output, moduleVerdict, verdict, reasons } = judgement;
  const context = judgement.cited.map((each) => ({ ...each }));
  return { diverged: null, replayed: { output, moduleVerdict, verdict, reasons, context }, usage };
}

/** The module that ran, by its digest: another version would answer for itself. */
async function recordedModule(
  { catalog }: Pick<RunParts, "catalog">,
  { module, digest }: ReplayOrder,
): Promise<Module> {
  try {
    return await catalog.take(module, digest);
  } catch (cause) {
    if (!(cause instanceof MmfError)) throw cause;
    throw new MmfError("replay-module-absent", `the package of ${module} with ${digest} is not here`, {
      cause,
    });
  }
}
