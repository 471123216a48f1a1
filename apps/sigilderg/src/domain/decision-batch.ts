import type { DecisionBody } from "./decisions.ts";

/** What decisions of one batch have in common: everything but their id and their time. */
export type DecisionGround = Omit<DecisionBody, "id" | "ts">;

/** A decision of a batch: its ground is the one at that place. */
export interface BatchedDecision {
  readonly id: string;
  readonly ts: string;
  readonly ground: number;
}

/** Decisions as a batch states them: each once, what several have in common once. */
export interface DecisionList {
  readonly grounds: readonly DecisionGround[];
  readonly decisions: readonly BatchedDecision[];
}

/** Bytes of the JSON of one entry at most: a UUID, a time, a place of four digits, their names and a comma. */
const ENTRY_BYTES = 96;

/** What one batch holds at most: bytes of its JSON, and decisions. */
export interface BatchLimit {
  readonly bytes: number;
  readonly decisions: number;
}

/** A list that is being filled. */
export class FillingBatch implements DecisionList {
  readonly grounds: DecisionGround[] = [];
  readonly decisions: BatchedDecision[] = [];
  readonly #limit: BatchLimit;
  readonly #places = new Map<string, number>();
  #bytes = 0;

  constructor(limit: BatchLimit) {
    this.#limit = limit;
  }

  get full(): boolean {
    return this.#bytes >= this.#limit.bytes || this.decisions.length >= this.#limit.decisions;
  }

  /** Takes a decision, unless it is one too many; the first always fits. */
  add({ id, ts, ...ground }: DecisionBody): boolean {
    const text = JSON.stringify(ground);
    const known = this.#places.get(text);
    // RFC 8785 writes as many bytes as JSON.stringify does, and a comma.
    const bytes = ENTRY_BYTES + (known === undefined ? Buffer.byteLength(text) + 1 : 0);
    if (this.full || (this.decisions.length > 0 && this.#bytes + bytes > this.#limit.bytes)) return false;
    const place = known ?? this.grounds.push(ground) - 1;
    if (known === undefined) this.#places.set(text, place);
    this.decisions.push({ id, ts, ground: place });
    this.#bytes += bytes;
    return true;
  }
}

/** All of these decisions, however many. */
export function listOf(decisions: readonly DecisionBody[]): DecisionList {
  const list = new FillingBatch({ bytes: Number.POSITIVE_INFINITY, decisions: Number.POSITIVE_INFINITY });
  for (const decision of decisions) list.add(decision);
  return list;
}

/** The decisions of a batch's body, each whole again, in order. */
export function decisionsOf({ grounds, decisions }: DecisionList): DecisionBody[] {
  return decisions.map(({ id, ts, ground }) => ({ id, ...(grounds[ground] as DecisionGround), ts }));
}
