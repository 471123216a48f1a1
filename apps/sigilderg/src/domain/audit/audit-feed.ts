import { setTimeout as sleep } from "node:timers/promises";
import { type AuditEntry, type AuditOutcome, PROBLEMS, ProblemError, toProblemError } from "@sigil/wire";
import type { Authority } from "../authority.ts";
import type { Store, StoredRecord } from "../records/store.ts";
import { AUDIT_KINDS, type AuditFilter, decisionOfRun, entriesOf, matcher, outcomeOf } from "./audit.ts";

/**
 * What a follower is told, `begin` first. `index` is the leaf after which a broken stream goes on. A `pause` says that nothing came for a
 * while; `waiting`, that the store does not answer and the feed goes on when it does.
 */
export type AuditEvent =
  | { readonly type: "begin"; readonly index: number }
  | { readonly type: "decision"; readonly index: number; readonly entry: AuditEntry }
  | { readonly type: "outcome"; readonly index: number; readonly outcome: AuditOutcome }
  | { readonly type: "pause" }
  | { readonly type: "waiting"; readonly code: string };

export interface Follower {
  readonly filter: AuditFilter;
  /** Leaf to begin after; absent, what is recorded from now on. */
  readonly after: number | undefined;
  readonly authority: Authority;
  /** Ends the feed: the caller is gone, or the service stops. */
  readonly signal: AbortSignal;
  /** Asked before anything is told; a throw ends the feed with that problem. */
  readonly stillGood: () => void;
}

/** Callers that may follow at once. */
const MOST_FOLLOWERS = 16;

/** Decisions that a follower was told and whose outcome is to come; the oldest are forgotten. */
const MOST_OPEN = 1_024;

/** Tells followers what is recorded, in the order of the log: nothing twice, nothing left out, whatever the store does. */
export class AuditFeed {
  readonly #store: Store;
  readonly #pollMs: number;
  readonly #pauseMs: number;
  #followers = 0;

  constructor(store: Store, times: { readonly pollMs?: number; readonly pauseMs?: number } = {}) {
    this.#store = store;
    this.#pollMs = times.pollMs ?? 500;
    this.#pauseMs = times.pauseMs ?? 15_000;
  }

  get followers(): number {
    return this.#followers;
  }

  /** @throws ProblemError `feed-full` when as many follow as may */
  async open(follower: Follower): Promise<AsyncGenerator<AuditEvent>> {
    if (this.#followers >= MOST_FOLLOWERS) {
      throw new ProblemError("feed-full", `${this.#followers} follow the audit now, which is the limit`, {
        retryAfter: 5,
      });
    }
    this.#followers += 1;
    let gone = false;
    // By the signal too: a feed that nobody has begun to read never reaches its own end.
    const leave = () => {
      if (!gone) this.#followers -= 1;
      gone = true;
    };
    follower.signal.addEventListener("abort", leave, { once: true });
    try {
      const after = follower.after ?? (await this.#tip(follower.authority));
      return this.#run(follower, after, leave);
    } catch (error) {
      leave();
      throw error;
    }
  }

  async #tip(authority: Authority): Promise<number> {
    const { records } = await this.#store.query({ kinds: AUDIT_KINDS, order: "desc", limit: 1 }, authority);
    // Leaf 0 is genesis, which decides nothing.
    return records[0]?.index ?? 0;
  }

  async *#run(follower: Follower, start: number, leave: () => void): AsyncGenerator<AuditEvent> {
    const { filter, authority, signal, stillGood } = follower;
    const open = new Set<string>();
    let after = start;
    let ofRun: string | undefined;
    let quiet = 0;
    let waiting = false;
    try {
      yield { type: "begin", index: start };
      while (!signal.aborted) {
        let records: readonly StoredRecord[] = [];
        try {
          if (filter.run !== undefined) ofRun ??= await decisionOfRun(this.#store, filter.run, authority);
          ({ records } = await this.#store.query(
            { kinds: AUDIT_KINDS, order: "asc", limit: 50, after },
            authority,
          ));
          waiting = false;
        } catch (error) {
          const { code } = toProblemError(error);
          if (PROBLEMS[code].status < 500 || code === "internal") throw error;
          if (!waiting) yield { type: "waiting", code };
          waiting = true;
        }
        stillGood();
        for (const stored of records) {
          yield* told(stored, matcher(filter, ofRun), open);
          after = stored.index;
        }
        if (records.length > 0) {
          quiet = 0;
          continue;
        }
        quiet += this.#pollMs;
        if (quiet >= this.#pauseMs) {
          quiet = 0;
          yield { type: "pause" };
        }
        await sleep(this.#pollMs, undefined, { signal }).catch(() => undefined);
      }
    } finally {
      leave();
    }
  }
}

/** What a record has to tell: its entries that match, and the outcome of one that was told before. */
function* told(
  stored: StoredRecord,
  matches: (entry: AuditEntry) => boolean,
  open: Set<string>,
): Generator<AuditEvent> {
  const { index } = stored;
  const outcome = outcomeOf(stored);
  if (outcome !== undefined && open.delete(outcome.decision)) yield { type: "outcome", index, outcome };
  for (const entry of entriesOf(stored, "asc").filter(matches)) {
    if (entry.recorded === "durable" && entry.verdict === "allow") open.add(entry.id);
    for (const id of open) {
      if (open.size <= MOST_OPEN) break;
      open.delete(id);
    }
    yield { type: "decision", index, entry };
  }
}
