import { ProblemError, type ResponseOf } from "@sigil/wire";
import type { Authority } from "../authority.ts";
import type { OutcomeStatus } from "../records/drafts.ts";
import { decisionStream } from "../records/drafts.ts";
import { mayKnow } from "../records/ownership.ts";
import type { Store } from "../records/store.ts";
import type { OpenRuns } from "./open-runs.ts";

type RunView = ResponseOf<"sigilderg GET /v1/runs/:id">;

/**
 * A run and its records in stream order. The run belongs to its principal.
 * @throws ProblemError `not-found`, the same for a run that is not there and one of another principal
 */
export async function viewRun(
  store: Store,
  open: OpenRuns,
  run: string,
  authority: Authority,
): Promise<RunView> {
  const { records } = await store.query({ stream: `run/${run}`, order: "asc", limit: 200 }, authority);
  const first = records[0]?.signed.record;
  const decision = first?.author.decision;
  if (first === undefined || decision === undefined || !mayKnow(first, authority.principal)) {
    throw new ProblemError("not-found", `there is no run ${run} that you may read`, {
      decisionId: authority.decision,
    });
  }
  const status = open.has(run) ? "open" : await endStatus(store, decision, authority);
  return { run, status, decision, records: records.map(({ signed }) => signed.record) };
}

async function endStatus(store: Store, decision: string, authority: Authority): Promise<OutcomeStatus> {
  const { records } = await store.query(
    { stream: decisionStream(decision), order: "asc", limit: 2 },
    authority,
  );
  const outcome = records[1]?.signed.record.payload.body as { status: OutcomeStatus } | undefined;
  // Not open and without an outcome: what is left of it waits to be recorded.
  return outcome?.status ?? "unknown";
}
