import type { CanonRecord, Json } from "@sigil/canon";
import type { ChainRef } from "@sigil/policy";
import { type ChainBody, ProblemError } from "@sigil/wire";
import type { Authority } from "../authority.ts";
import type { Store, StoredRecord } from "../records/store.ts";

/** Label of the link from a record that a run wrote to the chain of that run. */
const WRITTEN_BY = "chain";

/** The link of a record that a run wrote, to the chain with this hash: whoever reads the record finds why it was written. */
export function chainLink(hash: string): { label: string; target: string } {
  return { label: WRITTEN_BY, target: hash };
}

/** The chain that explains why a record was written, as the results of host calls carry it; nothing where no run wrote it. */
export function writtenBy({ author, links }: CanonRecord): { writtenBy?: { [key: string]: Json } } {
  const chain = links.find(({ label }) => label === WRITTEN_BY)?.target;
  if (chain === undefined || author.run === undefined) return {};
  return { writtenBy: { run: author.run, chain } };
}

/** What MMF signed in a chain. */
export function chainBody({ signed }: StoredRecord): ChainBody {
  return signed.record.payload.body as unknown as ChainBody;
}

/** The frozen chain of a run; undefined where there is none that the authority may read. */
export async function findChain(
  store: Store,
  run: string,
  authority: Authority,
): Promise<StoredRecord | undefined> {
  const query = { stream: `run/${run}`, kind: "chain.frozen", order: "asc", limit: 1 } as const;
  const { records } = await store.query(query, authority);
  return records[0];
}

/**
 * The chain that an id names: of a run, of its `chain.frozen` record.
 * @throws ProblemError `not-found`
 */
export async function readChain(store: Store, id: string, authority: Authority): Promise<StoredRecord> {
  const found = (await findChain(store, id, authority)) ?? (await store.read(id, authority));
  if (found?.signed.record.kind === "chain.frozen") return found;
  throw new ProblemError("not-found", `there is no frozen chain ${id} that you may read`, {
    decisionId: authority.decision,
  });
}

/**
 * The chains of runs that a caller names as parents, each once.
 * @throws ProblemError `parent-unknown` naming the first without a chain that the caller may read
 */
export async function namedParents(
  store: Store,
  runs: readonly string[],
  authority: Authority,
): Promise<ChainRef[]> {
  return await Promise.all(
    [...new Set(runs)].map(async (run) => {
      const chain = await findChain(store, run, authority);
      if (chain !== undefined) return { run, hash: chain.rh };
      throw new ProblemError(
        "parent-unknown",
        `there is no frozen chain of the run ${run} that you may read`,
        {
          decisionId: authority.decision,
        },
      );
    }),
  );
}
