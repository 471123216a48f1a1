import { MOST_PARENTS } from "@sigil/policy";
import { z } from "zod";
import * as a from "./atoms.ts";
import { storedRecord } from "./record.ts";
import { verdict } from "./trust.ts";

/**
 * `GET /v1/chains/:id`: the frozen chain of a run. `cited` is what it rests on; `record` is null where the reader may not
 * know of it, and where it was erased or never landed: one answer for all.
 */
export const chainView = storedRecord.extend({
  /** What became of the run; null while that is not recorded. */
  outcome: z
    .strictObject({ status: z.enum(["done", "held", "failed", "unknown"]), code: a.code.optional() })
    .nullable(),
  cited: z
    .array(
      z.strictObject({
        as: z.enum(["input", "calls", "output", "context", "parent"]),
        /** Of context the id that the output cites, of a parent its run. */
        ref: z.string().max(256).nullable(),
        /** Null of a write that had not landed when the chain was frozen. */
        hash: a.sha256Ref.nullable(),
        record: z
          .strictObject({
            id: a.uuid7,
            kind: z.string().max(64),
            index: a.index,
            hash: a.sha256Ref,
            ts: a.timestamp,
            title: a.text(256).optional(),
          })
          .nullable(),
      }),
    )
    .max(3 + 256 + MOST_PARENTS),
});

/** Generations and chains of a lineage that are read at once, at most. */
export const LINEAGE = { depth: { most: 64, usual: 16 }, limit: { most: 256, usual: 64 } } as const;

export const lineageQuery = z.strictObject({
  depth: z.coerce.number().int().min(0).max(LINEAGE.depth.most).optional(),
  limit: z.coerce.number().int().min(1).max(LINEAGE.limit.most).optional(),
});

/** `GET /v1/chains/:id/lineage`: a chain and those that it descends from, the nearest first, each once. */
export const lineage = z.strictObject({
  chains: z
    .array(
      z.strictObject({
        run: a.uuid7,
        hash: a.sha256Ref,
        record: a.uuid7,
        index: a.index,
        /** Generations from the chain that was asked about, 0 for itself. */
        depth: a.index,
        module: a.name,
        digest: a.sha256Ref,
        principal: a.name,
        verdict,
        ts: a.timestamp,
        /** Record hashes of its parents, in the chain's order. */
        parents: z.array(a.sha256Ref).max(MOST_PARENTS),
        /** Parents that the chain itself has no place for. */
        omitted: a.index,
      }),
    )
    .min(1)
    .max(LINEAGE.limit.most),
  /** Parents that were not followed, because of depth or limit. */
  unread: z.array(z.strictObject({ run: a.uuid7, hash: a.sha256Ref })).max(LINEAGE.limit.most),
  truncated: z.boolean(),
});
