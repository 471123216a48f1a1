import type { OutcomeBody, PayloadOf, RunSummary } from "@sigil/wire";
import type { Authority } from "../authority.ts";
import { decisionStream } from "../records/drafts.ts";
import type { Store, StoredRecord } from "../records/store.ts";
import { reviewStream } from "./held-runs.ts";
import type { OpenRuns } from "./open-runs.ts";

/** What became of a run: as its outcome says, and for a held one as its reviewer did. */
export type RunStanding = Pick<RunSummary, "status" | "code" | "review"> & {
  /** Kinds of the records that landed with its end. */
  readonly kinds: ReadonlySet<string>;
};

/** How a run stands that `decision` let begin; `verdict` is that of its chain, null where it has none. */
export async function standingOfRun(
  { store, open }: { readonly store: Pick<Store, "query">; readonly open: Pick<OpenRuns, "has"> },
  { run, decision, verdict }: Pick<RunSummary, "run" | "decision" | "verdict">,
  authority: Authority,
): Promise<RunStanding> {
  const nothing = { review: null, kinds: new Set<string>() };
  if (open.has(run)) return { status: "open", ...nothing };
  const stream = decisionStream(decision);
  const found = await store.query({ stream, kind: "decision.outcome", order: "asc", limit: 1 }, authority);
  const outcome = found.records[0]?.signed.record.payload.body as unknown as OutcomeBody | undefined;
  // Not open and without an outcome: what is left of it waits to be recorded.
  if (outcome === undefined) return { status: "unknown", ...nothing };
  const kinds = new Set(outcome.effects.map(({ kind }) => kind));
  const code = outcome.code === undefined ? {} : { code: outcome.code };
  if (outcome.status !== "held") return { status: outcome.status, ...code, review: null, kinds };
  if (verdict === "Deny") return { status: "denied", ...code, review: null, kinds };
  const review = await reviewOf(store, run, authority);
  return { status: review?.verdict ?? "held", ...code, review, kinds };
}

/** What a reviewer said of a run; null while nobody has. */
export async function reviewOf(
  store: Pick<Store, "query">,
  run: string,
  authority: Authority,
): Promise<RunSummary["review"]> {
  const stream = reviewStream(run);
  const { records } = await store.query({ stream, kind: "run.reviewed", order: "asc", limit: 1 }, authority);
  return records[0] === undefined ? null : reviewView(records[0]);
}

export function reviewView({ signed: { record } }: StoredRecord): NonNullable<RunSummary["review"]> {
  const { verdict, reason } = record.payload as PayloadOf<"run.reviewed">;
  const { principal: by, decision = "" } = record.author;
  return { verdict, by, reason, ts: record.ts, decision, record: record.id };
}
