import type { Json } from "@sigil/canon";
import { ProblemError } from "@sigil/wire";
import type { Authority } from "./authority.ts";
import type { DecisionBody } from "./decisions.ts";
import { batchStream, decisionStream } from "./drafts.ts";
import type { Store, StoredRecord } from "./store.ts";

/** A recorded decision, with what became of it where the table asks for an outcome. */
export interface FoundDecision {
  readonly body: DecisionBody;
  readonly outcome: Record<string, Json> | null;
  /** Id of the record that holds it: its own, or the batch's. */
  readonly record: string;
}

/** Where batched decisions landed, for the most recent `capacity` of them. A restart forgets; the store does not. */
export class RecentBatches {
  readonly #capacity: number;
  readonly #recordOf = new Map<string, string>();

  constructor(capacity = 20_000) {
    this.#capacity = capacity;
  }

  add(record: string, decisions: readonly DecisionBody[]): void {
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

/**
 * Finds a decision by its id: in its own stream, in the batch that is known to hold it, or in the batches of its day
 * (a UUIDv7 says when it was drawn, RFC 9562 section 5.7).
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
    (await batchesOfDay(store, id, authority));
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

async function batchesOfDay(
  store: Store,
  id: string,
  authority: Authority,
): Promise<FoundDecision | undefined> {
  const drawn = Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16);
  // A decision of the last second of a day lands in the next one's stream.
  const days = new Set([drawn, drawn + 60_000].map((ms) => batchStream(new Date(ms).toISOString())));
  for (const stream of days) {
    let cursor: string | undefined;
    do {
      const page = await store.query(
        { stream, order: "asc", limit: 200, ...(cursor === undefined ? {} : { cursor }) },
        authority,
      );
      for (const stored of page.records) {
        const found = inBatch(stored, id);
        if (found !== undefined) return found;
      }
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  }
  return undefined;
}

function inBatch(stored: StoredRecord, id: string): FoundDecision | undefined {
  const { decisions } = authoredBody<{ decisions: readonly DecisionBody[] }>(stored);
  const body = decisions.find((decision) => decision.id === id);
  return body === undefined ? undefined : { body, outcome: null, record: stored.signed.record.id };
}

function authoredBody<T>(stored: StoredRecord): T {
  return stored.signed.record.payload.body as unknown as T;
}
