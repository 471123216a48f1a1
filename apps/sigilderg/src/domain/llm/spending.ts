import { SERVICE_AUTHORITY } from "../authority.ts";
import type { Store } from "../records/store.ts";
import type { Spending, SpentSince } from "./budget.ts";

/** Records that are asked for at once: each may hold the calls of a whole run. */
const PAGE = 20;

/** Reads what runs spent from their `run.calls`, in log order. */
export function spentSince(store: Store): SpentSince {
  return async function* (since) {
    let cursor: string | undefined;
    do {
      const query = { kind: "run.calls", since, order: "asc", limit: PAGE } as const;
      const page = await store.query(cursor === undefined ? query : { ...query, cursor }, SERVICE_AUTHORITY);
      for (const { signed } of page.records) yield* spendings(signed.record.payload.calls);
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
  };
}

interface Call {
  readonly method?: unknown;
  readonly result?: { readonly endpoint?: unknown; readonly usage?: { readonly charged?: unknown } };
}

function* spendings(calls: unknown): Generator<Spending> {
  for (const { method, result } of Array.isArray(calls) ? (calls as Call[]) : []) {
    const tokens = result?.usage?.charged;
    if (method === "llm.complete" && typeof result?.endpoint === "string" && typeof tokens === "number")
      yield { endpoint: result.endpoint, tokens };
  }
}
