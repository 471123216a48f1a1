import type { ChainRef } from "@sigil/policy";
import { ProblemError, type ResponseOf } from "@sigil/wire";
import type { Authority } from "../authority.ts";
import type { Store, StoredRecord } from "../records/store.ts";
import { chainBody, findChain } from "./chains.ts";

type Lineage = ResponseOf<"sigilderg GET /v1/chains/:id/lineage">;
type Node = Lineage["chains"][number];

/** Chains that are read from the store side by side. */
const AT_ONCE = 16;

/**
 * A chain and those that it descends from, the nearest first, each once, down to `depth` and at most `limit` of them. A parent
 * is named by the hash of its record, which was fixed before, so nothing descends from itself; what does not come after its
 * parents in the log was written by somebody who can make records.
 * @throws ProblemError `lineage-invalid`
 */
export async function lineageOf(
  store: Store,
  root: StoredRecord,
  { depth, limit }: { readonly depth: number; readonly limit: number },
  authority: Authority,
): Promise<Lineage> {
  const chains: Node[] = [nodeOf(root, 0)];
  const seen = new Set([root.rh]);
  const unread: ChainRef[] = [];
  let generation = [root];
  for (let at = 1; generation.length > 0; at += 1) {
    const next = generation.flatMap((child) =>
      chainBody(child).parents.flatMap((ref) => (seen.has(ref.hash) ? [] : [{ child, ref }])),
    );
    const wanted = [...new Map(next.map((each) => [each.ref.hash, each])).values()];
    generation = [];
    for (let from = 0; from < wanted.length; from += AT_ONCE) {
      const chunk = wanted.slice(from, from + AT_ONCE);
      const room = at > depth ? 0 : Math.max(0, limit - chains.length);
      unread.push(...chunk.slice(room).map(({ ref }) => ref));
      const found = await Promise.all(
        chunk
          .slice(0, room)
          .map(async ({ child, ref }) => held(child, ref, await findChain(store, ref.run, authority))),
      );
      for (const parent of found) {
        seen.add(parent.rh);
        chains.push(nodeOf(parent, at));
        generation.push(parent);
      }
    }
  }
  return { chains, unread: unread.slice(0, limit), truncated: unread.length > 0 };
}

/** The parent, if it is the chain that the child froze and came before it. */
function held(child: StoredRecord, ref: ChainRef, parent: StoredRecord | undefined): StoredRecord {
  if (parent?.rh === ref.hash && parent.index < child.index) return parent;
  const why =
    parent === undefined
      ? "is not there"
      : parent.rh === ref.hash
        ? "comes after it"
        : `has the hash ${parent.rh}`;
  throw new ProblemError(
    "lineage-invalid",
    `the chain ${child.signed.record.id} descends from ${ref.hash} of the run ${ref.run}, which ${why}`,
  );
}

function nodeOf(stored: StoredRecord, depth: number): Node {
  const { run, scope, verdict, audit, parents, parentsOmitted } = chainBody(stored);
  return {
    ...{ run, hash: stored.rh, index: stored.index, record: stored.signed.record.id, depth, verdict },
    ...{ module: scope.moduleId, digest: scope.moduleDigest, principal: scope.principal },
    ts: audit.timestamp,
    parents: parents.map(({ hash }) => hash),
    omitted: parentsOmitted ?? 0,
  };
}
