import type { ResponseOf } from "@sigil/wire";
import type { Authority } from "../authority.ts";
import { decisionStream, type OutcomeStatus } from "../records/drafts.ts";
import { mayKnow } from "../records/ownership.ts";
import type { Store, StoredRecord } from "../records/store.ts";
import { reviewStream } from "../runs/held-runs.ts";
import { chainBody, findChain } from "./chains.ts";

type View = ResponseOf<"sigilderg GET /v1/chains/:id">;
type Cited = View["cited"][number];

/** Records of one proof bundle. */
const MOST_RECORDS = 256;
/** Records that are read from the store side by side. */
const AT_ONCE = 16;

/** A chain as its reader sees it: what MMF signed, what became of the run, and what it cites as far as the reader may know of it. */
export async function viewChain(store: Store, chain: StoredRecord, authority: Authority): Promise<View> {
  const { index, ch, rh, signed } = chain;
  const outcome = (await decisionRecords(store, chain, authority)).find(
    ({ signed: { record } }) => record.kind === "decision.outcome",
  );
  const body = outcome?.signed.record.payload.body as { status: OutcomeStatus; code?: string } | undefined;
  const cited = await citedBy(store, chain, authority);
  return {
    ...{ index, ch, rh, signed },
    outcome: body === undefined ? null : { status: body.status, ...(body.code && { code: body.code }) },
    cited: cited.map(({ found, ...each }) => ({
      ...each,
      record: found === undefined ? null : recordView(found),
    })),
  };
}

/** The ids of everything that proves a chain and that the reader may have, at most what one bundle holds. */
export async function proofIds(store: Store, chain: StoredRecord, authority: Authority): Promise<string[]> {
  const cited = (await citedBy(store, chain, authority)).flatMap(({ found }) => found ?? []);
  const review = { stream: reviewStream(chainBody(chain).run), order: "asc", limit: 2 } as const;
  const { records: reviewed } = await store.query(review, authority);
  const around = [...(await decisionRecords(store, chain, authority)), chain, ...reviewed, ...cited];
  return [...new Set(around.map(({ signed }) => signed.record.id))].slice(0, MOST_RECORDS);
}

/** What a chain cites, in the order of a run, each with its record as far as the reader may know of it. */
async function citedBy(
  store: Store,
  chain: StoredRecord,
  authority: Authority,
): Promise<(Omit<Cited, "record"> & { readonly found: StoredRecord | undefined })[]> {
  const { run, input, calls, output, context, parents } = chainBody(chain);
  const { records } = await store.query({ stream: `run/${run}`, order: "asc", limit: 200 }, authority);
  const own = new Map(records.map((stored) => [stored.rh, stored]));
  const known = (stored: StoredRecord | undefined) =>
    stored !== undefined && mayKnow(stored.signed.record, authority.principal) ? stored : undefined;
  return [
    ...Object.entries({ input, calls, output } as const).map(([as, hash]) => ({
      ...{ as: as as Cited["as"], ref: null, hash },
      found: known(own.get(hash)),
    })),
    ...(await each(context, async ({ ref, hash }) => ({
      ...{ as: "context" as const, ref, hash: hash ?? null },
      found: known(await store.read(ref, authority)),
    }))),
    ...(await each(parents, async (parent) => ({
      ...{ as: "parent" as const, ref: parent.run, hash: parent.hash },
      found: await findChain(store, parent.run, authority),
    }))),
  ];
}

async function decisionRecords(store: Store, chain: StoredRecord, authority: Authority) {
  const { decision } = chain.signed.record.author;
  if (decision === undefined) return [];
  const { records } = await store.query(
    { stream: decisionStream(decision), order: "asc", limit: 2 },
    authority,
  );
  return records;
}

async function each<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let from = 0; from < all.length; from += AT_ONCE)
    done.push(...(await Promise.all(all.slice(from, from + AT_ONCE).map(work))));
  return done;
}

function recordView({ index, rh, signed: { record } }: StoredRecord): NonNullable<Cited["record"]> {
  const { id, kind, ts, payload } = record;
  const { title } = payload;
  return { id, kind, index, hash: rh, ts, ...(typeof title === "string" && { title }) };
}
