import { type ChainBody, ProblemError, type ResponseOf, type RunSummary } from "@sigil/wire";
import type { Authority } from "../authority.ts";
import { drawnAt, moment } from "../moments.ts";
import { mayKnow } from "../records/ownership.ts";
import type { Store, StoredRecord } from "../records/store.ts";
import type { OpenRuns } from "./open-runs.ts";
import { standingOfRun } from "./run-standing.ts";

export interface RunReading {
  readonly store: Pick<Store, "query">;
  readonly open: Pick<OpenRuns, "has">;
}

/**
 * A run, how it stands and why, and its records in stream order. The run belongs to its principal.
 * @throws ProblemError `not-found`, the same for a run that is not there and one of another principal
 */
export async function viewRun(
  parts: RunReading,
  run: string,
  authority: Authority,
): Promise<ResponseOf<"sigilderg GET /v1/runs/:id">> {
  const { records } = await parts.store.query({ stream: `run/${run}`, order: "asc", limit: 200 }, authority);
  const first = records[0]?.signed.record;
  if (first === undefined || !mayKnow(first, authority.principal)) {
    throw new ProblemError("not-found", `there is no run ${run} that you may read`, {
      decisionId: authority.decision,
    });
  }
  const frozen = records.find(({ signed }) => signed.record.kind === "chain.frozen");
  const known = frozen ?? (records[0] as StoredRecord);
  const summary = summaryOf(run, known);
  const { kinds: _, ...standing } = await standingOfRun(parts, summary, authority);
  const chain = frozen === undefined ? undefined : chainOf(frozen);
  return {
    ...summary,
    ...standing,
    moduleVerdict: chain?.moduleVerdict ?? null,
    reasons: chain?.reasons ?? [],
    records: records.map(({ signed }) => signed.record),
  };
}

/** What the chain of a run, or its input while there is none, says of it. */
export function summaryOf(run: string, stored: StoredRecord): Omit<RunSummary, "status" | "code" | "review"> {
  const { kind, author, payload } = stored.signed.record;
  const chain = kind === "chain.frozen" ? chainOf(stored) : undefined;
  return {
    run,
    module: {
      id: chain?.scope.moduleId ?? String(payload.module),
      digest: chain?.scope.moduleDigest ?? String(payload.digest),
    },
    principal: author.principal,
    decision: author.decision ?? "",
    startedAt: moment(drawnAt(run)),
    verdict: chain?.verdict ?? null,
  };
}

function chainOf({ signed }: StoredRecord): ChainBody {
  return signed.record.payload.body as unknown as ChainBody;
}
