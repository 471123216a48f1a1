import type { Json } from "@sigil/canon";
import { scopeAllows } from "@sigil/policy";
import { type AuditEntry, type AuditOutcome, explained, type ResponseOf } from "@sigil/wire";
import type { Authority } from "../authority.ts";
import { type DecisionList, decisionsOf } from "../decisions/decision-batch.ts";
import { type FoundDecision, findDecision, type RecentBatches } from "../decisions/decision-lookup.ts";
import type { DecisionBody } from "../decisions/decisions.ts";
import { drawnAt, moment } from "../moments.ts";
import { decisionStream } from "../records/drafts.ts";
import { boundTo } from "../records/listing.ts";
import type { RecordQuery, Store, StoredRecord } from "../records/store.ts";

/** What decides whether an entry is listed; every given field must match. */
export interface AuditFilter {
  readonly principal?: string | undefined;
  /** One action, or `object.*`. */
  readonly action?: string | undefined;
  readonly verdict?: "allow" | "deny" | undefined;
  readonly run?: string | undefined;
}

export interface AuditQuery extends AuditFilter {
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly after?: number | undefined;
  readonly order: "asc" | "desc";
  readonly limit: number;
  readonly cursor?: string | undefined;
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[];
  readonly next: string | null;
}

/** The kinds that say what was decided and what became of it. */
export const AUDIT_KINDS = ["decision", "decision.batch", "decision.outcome"] as const;

/** Records that one listing reads at most: what a filter passes over is bounded work, never an endless scan. */
const MOST_RECORDS = 2_000;

/** How long a run may go on after it was drawn, and its end wait for the store; milliseconds. */
const RUN_SPAN_MS = 600_000;

/**
 * Decisions that the authority may read, one entry each whether it has a record of its own or is one of a batch, with
 * what became of it. A page ends with the record that fills it; it may be short although `next` is set.
 */
export async function listAudit(store: Store, query: AuditQuery, authority: Authority): Promise<AuditPage> {
  const { order, limit } = query;
  const { principal, action, verdict, run } = query;
  const bound = boundTo({ principal, action, verdict, run });
  const place = placeOf(query);
  const span = await spanOf(store, query, place?.runEnd, authority);
  const asked = { kinds: AUDIT_KINDS, order, bound, ...range(query, span) };
  const ofRun = query.run === undefined ? undefined : await decisionOfRun(store, query.run, authority);
  const matches = matcher(query, ofRun);
  const entries: AuditEntry[] = [];
  const outcomes = new Map<string, AuditOutcome>();
  let cursor = place?.cursor;
  for (let read = 0; read < MOST_RECORDS; ) {
    const from = cursor === undefined ? asked : { ...asked, cursor };
    let page = await store.query({ ...from, limit: Math.min(100, Math.max(limit, 20)) }, authority);
    const enough = filledAt(page.records, limit - entries.length, matches);
    // A cursor stands after a whole page: one that is left in the middle is read again up to there.
    if (enough < page.records.length) page = await store.query({ ...from, limit: enough }, authority);
    read += Math.max(page.records.length, 1);
    for (const stored of page.records) {
      const outcome = outcomeOf(stored);
      if (outcome !== undefined) outcomes.set(outcome.decision, outcome);
      entries.push(...entriesOf(stored, order).filter(matches));
    }
    cursor = page.next ?? undefined;
    if (cursor === undefined || entries.length >= limit) break;
  }
  return { entries: await settled(entries, outcomes, store, authority), next: placed(cursor, span) };
}

/** One decision with its outcome, its sentences and its exact account. @throws ProblemError `not-found` */
export async function auditDetail(
  store: Store,
  id: string,
  recent: RecentBatches,
  authority: Authority,
): Promise<ResponseOf<"sigilderg GET /v1/audit/:id">> {
  const found = await findDecision(store, id, recent, authority);
  const { body } = found;
  const { action, principal, loa, verdict, reasons, policy, trust } = body;
  const status = verdict === "allow" ? 200 : 403;
  return {
    entry: entryOf(found),
    ...explained({ verdict, action, principal, loa, reasons, policy, trust, status }),
  };
}

/** The one entry of a decision's id, or none. */
export async function auditOf(
  store: Store,
  id: string,
  recent: RecentBatches,
  authority: Authority,
): Promise<AuditEntry[]> {
  const found = await findDecision(store, id, recent, authority).catch((error: { code?: unknown }) => {
    if (error.code === "not-found") return undefined;
    throw error;
  });
  return found === undefined ? [] : [entryOf(found)];
}

/** Entries of a record in the order of the listing; none for an outcome. */
export function entriesOf(stored: StoredRecord, order: "asc" | "desc"): AuditEntry[] {
  const { id: record, kind, payload } = stored.signed.record;
  const at = { record, index: stored.index };
  if (kind === "decision")
    return [entry(payload.body as unknown as DecisionBody, { ...at, recorded: "durable" })];
  if (kind !== "decision.batch") return [];
  const entries = decisionsOf(payload.body as unknown as DecisionList).map((body) =>
    entry(body, { ...at, recorded: "batched" }),
  );
  return order === "asc" ? entries : entries.reverse();
}

export function outcomeOf({ signed: { record } }: StoredRecord): AuditOutcome | undefined {
  return record.kind === "decision.outcome" ? outcome(record.payload.body) : undefined;
}

/** Whether an entry is what a filter asks for; `ofRun` is the decision that let the run begin. */
export function matcher(
  { principal, action, verdict, run }: AuditFilter,
  ofRun: string | undefined,
): (entry: AuditEntry) => boolean {
  return (entry) =>
    (principal === undefined || entry.principal === principal) &&
    (action === undefined || scopeAllows([action], entry.action)) &&
    (verdict === undefined || entry.verdict === verdict) &&
    (run === undefined || entry.run === run || entry.id === ofRun);
}

/** The decision that let a run begin, from any record of the run; undefined when none is left or none is readable. */
export async function decisionOfRun(
  store: Store,
  run: string,
  authority: Authority,
): Promise<string | undefined> {
  const { records } = await store.query({ stream: `run/${run}`, order: "desc", limit: 1 }, authority);
  return records[0]?.signed.record.author.decision;
}

/** Milliseconds between which the decisions of a run lie. */
interface Span {
  readonly since: number;
  readonly until: number;
}

/**
 * Where a listing goes on: the store's cursor, and for a run, after a dot, the end of the time that is looked through. A run
 * that gains records would move it, and the store's cursor holds for one time: its tag is what keeps the end from being changed.
 */
function placed(cursor: string | undefined, span: Span | undefined): string | null {
  if (cursor === undefined) return null;
  return span === undefined ? cursor : `${cursor}.${span.until}`;
}

function placeOf({ cursor, run }: AuditQuery): { cursor: string; runEnd?: number } | undefined {
  if (cursor === undefined) return undefined;
  const [, own, end] = /^([^.]+)\.(\d{1,15})$/.exec(cursor) ?? [];
  // Any other form goes to the store as it is, which refuses what it did not write.
  return run === undefined || own === undefined ? { cursor } : { cursor: own, runEnd: Number(end) };
}

/**
 * A run's decisions lie near the moment at which its id was drawn: from a little before, until a little after its last
 * record or as long as a run can last. `end` is where an earlier page has put it.
 */
async function spanOf(
  store: Store,
  { run }: AuditQuery,
  end: number | undefined,
  authority: Authority,
): Promise<Span | undefined> {
  if (run === undefined) return undefined;
  const drawn = drawnAt(run);
  const since = drawn - 5_000;
  if (end !== undefined) return { since, until: end };
  const { records } = await store.query({ stream: `run/${run}`, order: "desc", limit: 1 }, authority);
  const last = records[0]?.signed.record.ts;
  return { since, until: Math.max(drawn, last === undefined ? 0 : Date.parse(last)) + RUN_SPAN_MS };
}

/** Time and place of what is asked for. */
function range(
  { since, until, after }: AuditQuery,
  span: Span | undefined,
): Pick<RecordQuery, "since" | "until" | "after"> {
  const ofRun = span && { since: moment(span.since), until: moment(span.until) };
  const from = [since, ofRun?.since]
    .filter((each) => each !== undefined)
    .toSorted()
    .at(-1);
  const to = [until, ofRun?.until].filter((each) => each !== undefined).toSorted()[0];
  return {
    ...(from === undefined ? {} : { since: from }),
    ...(to === undefined ? {} : { until: to }),
    ...(after === undefined ? {} : { after }),
  };
}

/** How many of the records it takes to fill `wanted` entries; all of them when they do not. */
function filledAt(
  records: readonly StoredRecord[],
  wanted: number,
  matches: (entry: AuditEntry) => boolean,
): number {
  let entries = 0;
  for (const [at, stored] of records.entries()) {
    entries += entriesOf(stored, "asc").filter(matches).length;
    if (entries >= wanted) return at + 1;
  }
  return records.length;
}

/** Entries with their outcomes: from the records that were read anyway, or from the decision's own stream. */
async function settled(
  entries: readonly AuditEntry[],
  read: ReadonlyMap<string, AuditOutcome>,
  store: Store,
  authority: Authority,
): Promise<AuditEntry[]> {
  return await Promise.all(
    entries.map(async (entry) => {
      if (entry.recorded === "batched" || entry.verdict === "deny") return entry;
      const known = read.get(entry.id);
      if (known !== undefined) return { ...entry, outcome: known };
      const { records } = await store.query(
        { stream: decisionStream(entry.id), kind: "decision.outcome", order: "asc", limit: 1 },
        authority,
      );
      return { ...entry, outcome: records[0] === undefined ? null : (outcomeOf(records[0]) ?? null) };
    }),
  );
}

function entryOf({ body, outcome: found, record, index, recorded }: FoundDecision): AuditEntry {
  return {
    ...entry(body, { record, index, recorded }),
    outcome: found === null ? null : outcome(found),
  };
}

function entry(body: DecisionBody, at: Pick<AuditEntry, "record" | "index" | "recorded">): AuditEntry {
  const { id, ts, action, principal, loa, licence, verdict, mode, run, module, route } = body;
  return {
    ...{ id, ...at, ts, action, principal, loa, licence, verdict, mode, route },
    reasons: body.reasons.map(({ code, detail }) => ({ code, detail })),
    trust: body.trust === null ? null : { score: body.trust.score, threshold: body.trust.threshold },
    ...(run === undefined ? {} : { run }),
    ...(module === undefined ? {} : { module }),
    outcome: null,
  };
}

function outcome(body: Json | undefined): AuditOutcome {
  const { decision, status, code, effects, ts } = body as unknown as AuditOutcome;
  return {
    ...{ decision, status, ts },
    ...(code === undefined ? {} : { code }),
    effects: effects.map(({ id, kind, stream }) => ({ id, kind, stream })),
  };
}
