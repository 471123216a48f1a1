import { canonicalize, type Json, KINDS } from "@sigil/canon";
import type { SigningKey, VerifyKey } from "@sigil/crypto";
import { ProblemError, type ReplayResponse, type ResponseOf } from "@sigil/wire";
import { authorityOf } from "../admitted.ts";
import type { Authority } from "../authority.ts";
import type { Clock } from "../clock.ts";
import type { MadeDecision } from "../decisions/decisions.ts";
import type { Store } from "../records/store.ts";
import { decidedWrite, orFailed } from "../records/transaction.ts";
import { hostFailure } from "./host-failure.ts";
import type { ModuleHost } from "./module-host.ts";
import { type RecordedRun, readRecordedRun } from "./recorded-run.ts";

export interface ReplayParts {
  readonly store: Store;
  readonly host: ModuleHost;
  readonly key: SigningKey;
  readonly now: Clock;
  readonly chainKeys: (kid: string) => VerifyKey | undefined;
}

type Replay = ReplayResponse & { readonly replayed: NonNullable<ReplayResponse["replayed"]> };

/**
 * Replays a run of the caller of an allowed `run.replay`. Nothing is written but the decision and its outcome.
 * @throws ProblemError `not-found`, `replay-not-recorded`, `replay-module-absent`, `replay-engine-differs`, `replay-diverged`
 * with the first difference; the decision is then `failed` with that code
 */
export async function replayRun(
  parts: ReplayParts,
  made: MadeDecision,
  run: string,
  signal?: AbortSignal,
): Promise<ResponseOf<"sigilderg POST /v1/runs/:id/replay">> {
  const authority = authorityOf(made);
  const { recorded, usage } = await orFailed(parts, made, async () => {
    const recorded = await readRecordedRun(parts.store, run, authority, parts.chainKeys);
    const { usage } = await requireReplay(parts, recorded, authority, signal);
    return { recorded, usage };
  });
  await parts.store.append({ records: decidedWrite(made, [], parts.key, parts.now) }, authority);
  const { chain, chainHash, calls } = recorded;
  return {
    run,
    decision: made.id,
    module: { id: chain.scope.moduleId, digest: chain.scope.moduleDigest },
    output: chain.output,
    chain: chainHash,
    verdict: chain.verdict,
    hostCalls: calls.length,
    usage,
  };
}

/** Executes a recorded run again, and holds what comes out against its records. @throws see {@link replayRun} */
export async function requireReplay(
  { host }: Pick<ReplayParts, "host">,
  recorded: RecordedRun,
  authority: Authority,
  signal?: AbortSignal,
): Promise<Replay> {
  const { run, startedAt, input, calls, chain } = recorded;
  const { moduleId, moduleDigest } = chain.scope;
  const order = {
    ...{ run, startedAt, input, calls },
    module: moduleId,
    digest: moduleDigest,
    engine: chain.engine.digest,
    trustAllowed: chain.trust.allowed,
    failed: chain.moduleVerdict === null,
  };
  const answer = await host.replay(order, authority, signal).catch((error: unknown) => {
    throw hostFailure(error, authority.decision).problem;
  });
  const { diverged, replayed } = answer;
  const difference =
    diverged === null ? differenceOf(recorded, replayed) : `host call ${diverged.call} ${diverged.detail}`;
  if (difference !== undefined || replayed === null) {
    throw new ProblemError("replay-diverged", `run ${run}: ${difference ?? "nothing came out"}`, {
      decisionId: authority.decision,
    });
  }
  return { ...answer, replayed };
}

/** Where output and judgement, in RFC 8785, first differ from the recorded ones; places alone, no text of either. */
function differenceOf(
  { output, chain }: RecordedRun,
  replayed: ReplayResponse["replayed"],
): string | undefined {
  const { verdict, moduleVerdict, reasons, context } = chain;
  const recorded = { output, verdict, moduleVerdict, reasons, context } as unknown as Json;
  const limits = { maxBytes: 4 * KINDS["run.output"].maxBytes };
  if (canonicalize(recorded, limits) === canonicalize(replayed, limits)) return undefined;
  return `${firstDifference(recorded, replayed as unknown as Json, "$")} is not what was recorded`;
}

function firstDifference(a: Json | undefined, b: Json | undefined, path: string): string {
  if (!isObject(a) || !isObject(b) || Array.isArray(a) !== Array.isArray(b)) {
    const at = typeof a === "string" && typeof b === "string" ? `, character ${firstCharacter(a, b)},` : "";
    return `${path}${at}`;
  }
  for (const name of [...new Set([...Object.keys(a), ...Object.keys(b)])].toSorted()) {
    const [left, right] = [member(a, name), member(b, name)];
    if (JSON.stringify(left) === JSON.stringify(right)) continue;
    return firstDifference(left, right, Array.isArray(a) ? `${path}[${name}]` : `${path}.${name}`);
  }
  return path;
}

function firstCharacter(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  return at;
}

function isObject(value: Json | undefined): value is Json[] | { [key: string]: Json } {
  return typeof value === "object" && value !== null;
}

function member(value: Json[] | { [key: string]: Json }, name: string): Json | undefined {
  return (value as Record<string, Json | undefined>)[name];
}
