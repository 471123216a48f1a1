import type { QueryOf, ResponseOf, RunSummary } from "@sigil/wire";
import type { Authority } from "../authority.ts";
import { boundTo } from "../records/listing.ts";
import type { StoredRecord } from "../records/store.ts";
import { standingOfRun } from "./run-standing.ts";
import { type RunReading, summaryOf } from "./run-view.ts";

/** Pages of the store that one listing reads at most: what a filter passes over is bounded work. */
const MOST_PAGES = 10;

/** A run that ended stands in the list at its chain, another at its input: the chain stays when texts are erased. */
const KINDS = ["run.input", "chain.frozen"] as const;

/**
 * The runs of the authority's principal, the newest first. A page may be short although `next` is set, when much was filtered
 * away; no run is left out or told twice.
 */
export async function listRuns(
  parts: RunReading,
  { limit = 20, cursor, status, module, since, until }: QueryOf<"sigilderg GET /v1/runs">,
  authority: Authority,
): Promise<ResponseOf<"sigilderg GET /v1/runs">> {
  const { principal } = authority;
  const within = { ...(since === undefined ? {} : { since }), ...(until === undefined ? {} : { until }) };
  const asked = {
    kinds: KINDS,
    principal,
    order: "desc",
    bound: boundTo({ status, module }),
    ...within,
  } as const;
  const runs: RunSummary[] = [];
  let next: string | null = cursor ?? null;
  for (let page = 0; page < MOST_PAGES && runs.length < limit; page += 1) {
    const from = next === null ? {} : { cursor: next };
    const read = await parts.store.query({ ...asked, ...from, limit: limit - runs.length }, authority);
    const found = await Promise.all(read.records.map((stored) => listed(parts, stored, module, authority)));
    runs.push(
      ...(found.filter((run) => run !== undefined && (status ?? run.status) === run.status) as RunSummary[]),
    );
    next = read.next;
    if (next === null) break;
  }
  return { runs, next };
}

/** The run that a record stands for; undefined for the input of one that stands at its chain. */
async function listed(
  parts: RunReading,
  stored: StoredRecord,
  module: string | undefined,
  authority: Authority,
): Promise<RunSummary | undefined> {
  const { record } = stored.signed;
  const summary = summaryOf(record.author.run ?? "", stored);
  if ((module ?? summary.module.id) !== summary.module.id) return undefined;
  const { kinds, ...standing } = await standingOfRun(parts, summary, authority);
  if (record.kind === "run.input" && kinds.has("chain.frozen")) return undefined;
  return { ...summary, ...standing };
}
