import type { Json } from "@sigil/canon";

/** What was refused without a record of its own, from one summary to the next. The payload of `refusal.summary`. */
export interface RefusalCounts {
  readonly from: string;
  readonly to: string;
  readonly total: number;
  readonly byCode: Readonly<Record<string, number>>;
  readonly byRoute: Readonly<Record<string, number>>;
}

/**
 * Counts refusals that must not become one record each: callers without a valid licence, and an authenticated
 * caller's denials over the cap. Codes and route patterns are closed sets, so the memory is bounded whoever knocks.
 */
export class RefusalTally {
  #from: string;
  #byCode = new Map<string, number>();
  #byRoute = new Map<string, number>();

  constructor(now: string) {
    this.#from = now;
  }

  /** @param route method and path pattern of the row, never the raw path */
  count(code: string, route: string): void {
    add(this.#byCode, code, 1);
    add(this.#byRoute, route, 1);
  }

  /** Everything since the last call, or undefined when nothing was refused. */
  take(now: string): RefusalCounts | undefined {
    const from = this.#from;
    this.#from = now;
    if (this.#byCode.size === 0) return undefined;
    const total = [...this.#byCode.values()].reduce((sum, count) => sum + count, 0);
    const taken = { from, to: now, total, byCode: sorted(this.#byCode), byRoute: sorted(this.#byRoute) };
    this.#byCode = new Map();
    this.#byRoute = new Map();
    return taken;
  }

  /** Puts counts back that could not be recorded, so that the next summary holds them. */
  restore(taken: RefusalCounts): void {
    this.#from = taken.from;
    for (const [code, count] of Object.entries(taken.byCode)) add(this.#byCode, code, count);
    for (const [route, count] of Object.entries(taken.byRoute)) add(this.#byRoute, route, count);
  }
}

/** The counts as a record's payload. */
export function summaryPayload(counts: RefusalCounts): Record<string, Json> {
  return { ...counts, byCode: { ...counts.byCode }, byRoute: { ...counts.byRoute } };
}

function add(counts: Map<string, number>, key: string, more: number): void {
  counts.set(key, (counts.get(key) ?? 0) + more);
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}
