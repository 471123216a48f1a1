import type { Json } from "@sigil/canon";
import { ProblemError } from "@sigil/wire";
import type { Authority } from "../authority.ts";
import { drawnAt, moment } from "../moments.ts";
import { decisionStream } from "../records/drafts.ts";
import type { Store, StoredRecord } from "../records/store.ts";
import { type DecisionList, decisionsOf } from "./decision-batch.ts";
import type { DecisionBody } from "./decisions.ts";

/** A recorded decision, with what became of it where the table asks for an outcome. */
export interface FoundDecision {
  readonly body: DecisionBody;
  readonly outcome: Record<string, Json> | null;
  /** Id and leaf of the record that holds it: its own, or the batch's. */
  readonly record: string;
  readonly index: number;
  readonly recorded: "durable" | "batched";
}

/** Where batched decisions landed, for the most recent `capacity` of them. A restart forgets; the store does not. */
export class RecentBatches {
  readonly #capacity: number;
  readonly #recordOf = new Map<string, string>();

  constructor(capacity = 20_000) {
    this.#capacity = capacity;
  }

  add(record: string, { decisions }: Pick<DecisionList, "decisions">): void {
    for (const { id } of decisions) this.#recordOf.set(id, record);
    for (const id of this.#recordOf.keys()) {
      if (this.#recordOf.size <= this.#capacity) break;
      this.#recordOf.delete(id);
    }
  }

  recordOf(decision: string): string | undefined {
    return this.#recordOf.get(decision);
  }
}

/** Batches that one lookup reads at most. */
const MOST_BATCHES = 1_000;

/** How long after it was drawn a decision may be put into its batch: with the end of a run, at the latest. Milliseconds. */
const BATCHED_WITHIN_MS = 120_000;

/**
 * Finds a decision by its id: in its own stream, in the batch that is known to hold it, or in the batches from the moment
 * on at which the id was drawn. What is read is bounded, whatever the id and however much a day holds.
 * @throws ProblemError `not-found`
 */
export async function findDecision(
  store: Store,
  id: string,
  recent: RecentBatches,
  authority: Authority,
): Promise<FoundDecision> {
  const found =
    (await ownRecord(store, id, authority)) ??
    (await knownBatch(store, id, recent, authority)) ??
    (await batchesFrom(store, id, authority));
  if (found === undefined) {
    throw new ProblemError(
      "not-found",
      `no recorded decision has the id ${id}; a batched decision is recorded within a second`,
      { decisionId: authority.decision },
    );
  }
  return found;
}

async function ownRecord(store: Store, id: string, authority: Authority): Promise<FoundDecision | undefined> {
  const { records } = await store.query({ stream: decisionStream(id), order: "asc", limit: 2 }, authority);
  const [decision, outcome] = records;
  if (decision === undefined) return undefined;
  return {
    body: authoredBody<DecisionBody>(decision),
    outcome: outcome === undefined ? null : authoredBody<Record<string, Json>>(outcome),
    record: decision.signed.record.id,
    index: decision.index,
    recorded: "durable",
  };
}

async function knownBatch(
  store: Store,
  id: string,
  recent: RecentBatches,
  authority: Authority,
): Promise<FoundDecision | undefined> {
  const record = recent.recordOf(id);
  const stored = record === undefined ? undefined : await store.read(record, authority);
  return stored === undefined ? undefined : inBatch(stored, id);
}

/** Batches land in the order in which they are composed, so the first that was composed too late ends the search. */
async function batchesFrom(
  store: Store,
  id: string,
  authority: Authority,
): Promise<FoundDecision | undefined> {
  const drawn = drawnAt(id);
  const asked = { kind: "decision.batch", since: moment(drawn - 2_000), order: "asc", limit: 50 } as const;
  let cursor: string | undefined;
  for (let read = 0; read < MOST_BATCHES; ) {
    const page = await store.query(cursor === undefined ? asked : { ...asked, cursor }, authority);
    for (const stored of page.records) {
      const found = inBatch(stored, id);
      if (found !== undefined) return found;
      if (Date.parse(batch(stored).ts) > drawn + BATCHED_WITHIN_MS) return undefined;
    }
    if (page.next === null) return undefined;
    cursor = page.next;
    read += Math.max(page.records.length, 1);
  }
  return undefined;
}

function inBatch(stored: StoredRecord, id: string): FoundDecision | undefined {
  const { grounds, decisions } = batch(stored);
  const [body] = decisionsOf({ grounds, decisions: decisions.filter((decision) => decision.id === id) });
  if (body === undefined) return undefined;
  const { record } = stored.signed;
  return { body, outcome: null, record: record.id, index: stored.index, recorded: "batched" };
}

function batch(stored: StoredRecord): DecisionList & { readonly ts: string } {
  return authoredBody(stored);
}

function authoredBody<T>(stored: StoredRecord): T {
  return stored.signed.record.payload.body as unknown as T;
}
