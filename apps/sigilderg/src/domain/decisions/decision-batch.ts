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
  /** Places of grounds by route and principal: what is asked together most often differs in no more. */
  readonly #places = new Map<string, number[]>();
  #bytes = 0;

  constructor(limit: BatchLimit) {
    this.#limit = limit;
  }

  get full(): boolean {
    return this.#bytes >= this.#limit.bytes || this.decisions.length >= this.#limit.decisions;
  }

  /** Takes a decision, unless it is one too many; the first always fits. */
  add(body: DecisionBody): boolean {
    const known = this.#placeOf(body);
    // RFC 8785 writes as many bytes as JSON.stringify does, and a comma.
    const bytes =
      ENTRY_BYTES + (known === undefined ? Buffer.byteLength(JSON.stringify(groundOf(body))) + 1 : 0);
    if (this.full || (this.decisions.length > 0 && this.#bytes + bytes > this.#limit.bytes)) return false;
    this.decisions.push({ id: body.id, ts: body.ts, ground: known ?? this.#place(body) });
    this.#bytes += bytes;
    return true;
  }

  #placeOf(body: DecisionBody): number | undefined {
    const places = this.#places.get(bucketOf(body)) ?? [];
    // The last of them first: a moment's decisions have the pressure of that moment.
    return places.findLast((place) => sameGround(this.grounds[place] as DecisionGround, body));
  }

  #place(body: DecisionBody): number {
    const place = this.grounds.push(groundOf(body)) - 1;
    const bucket = bucketOf(body);
    const places = this.#places.get(bucket);
    if (places === undefined) this.#places.set(bucket, [place]);
    else places.push(place);
    return place;
  }
}

function bucketOf({ route, principal }: DecisionBody): string {
  return `${route} ${principal}`;
}

function groundOf({ id: _id, ts: _ts, ...ground }: DecisionBody): DecisionGround {
  return ground;
}

/** Whether a decision has this ground, member by member: as exact as comparing their JSON, and a tenth of its time. */
function sameGround(ground: DecisionGround, body: DecisionBody): boolean {
  let members = 0;
  for (const name in body) {
    if (name === "id" || name === "ts") continue;
    const key = name as keyof DecisionGround;
    if (!Object.hasOwn(ground, key) || !same(ground[key], body[key])) return false;
    members += 1;
  }
  return members === Object.keys(ground).length;
}

/** Equality of JSON values. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, at) => same(item, b[at]));
  if (Array.isArray(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && same(a[key as never], b[key as never]))
  );
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
