import type { BundleEntry, ProofBundle } from "@sigil/canon";
import { z } from "zod";
import * as a from "./atoms.ts";
import { pageQuery, tags } from "./memory.ts";
import { storedRecord } from "./record.ts";
import { reason } from "./trust.ts";

/** The payload of a `canon.entry`. */
export const canonEntry = z.strictObject({
  slug: a.identifier,
  title: z.string().min(1).max(256),
  text: z.string().min(1).max(49_152),
  source: z.string().max(1024).optional(),
  tags,
});

/**
 * An entry that a caller writes. `stream` is one of the caller's own, `canon/<principal>/…`; absent, the one of its slug.
 * `loa` is the least level that may read it; absent, the caller's own.
 */
export const canonWrite = z.strictObject({
  ...canonEntry.shape,
  tags: tags.optional(),
  stream: a.identifier.optional(),
  loa: a.loa.optional(),
});
export type CanonWrite = z.infer<typeof canonWrite>;

/** `POST /v1/canon`: entries that land together, in this order, or not at all. */
export const canonWrites = z.strictObject({ entries: z.array(canonWrite).min(1).max(64) });

export const canonWritten = z.strictObject({
  records: z
    .array(z.strictObject({ id: a.uuid7, hash: a.sha256Ref, index: a.index, stream: a.identifier }))
    .min(1)
    .max(64),
  decision: a.uuid7,
  replayed: z.boolean(),
});

/** A line of a file that entries are imported from; what else it has is its reader's to know. */
export const canonLine = z.object({ ...canonWrite.shape, id: a.uuid7.optional() });
export type CanonLine = z.infer<typeof canonLine>;

/** `GET /v1/canon`: records of any kind that the caller's level may read. */
export const canonQuery = z.strictObject({
  ...pageQuery,
  kind: z.string().max(64).optional(),
  stream: a.identifier.optional(),
  principal: a.name.optional(),
  tag: a.name.optional(),
  space: a.space.optional(),
  loa: a.loa.optional(),
  since: a.timestamp.optional(),
  until: a.timestamp.optional(),
});
export const canonPage = z.strictObject({
  records: z.array(storedRecord).max(200),
  next: z.string().max(1024).nullable(),
});

/** `POST /v1/canon/export`: at most 256 record ids into one proof bundle. */
export const canonExport = z.strictObject({ ids: z.array(a.uuid7).min(1).max(256) });

/** A proof bundle; `parseBundle` and `verifyBundle` of canon decide whether it is one and whether it is true. */
export const proofBundle = z.looseObject({
  v: z.literal(1),
  type: z.literal("sigil-proof-bundle"),
  origin: z.string().max(255),
  checkpoint: z.string().max(16_384),
}) as unknown as z.ZodType<ProofBundle>;

/**
 * `POST /v1/bundle` of the store: a proof bundle in frames. First its head, with what decides who may know of each record
 * that was asked for and is not erased; then its entries, in log order.
 */
export const bundleFrame = z.union([
  z.strictObject({
    head: z.looseObject({
      v: z.literal(1),
      type: z.literal("sigil-proof-bundle"),
      origin: z.string().max(255),
      checkpoint: z.string().max(16_384),
    }) as unknown as z.ZodType<Omit<ProofBundle, "entries">>,
    records: z
      .array(
        z.strictObject({ id: a.uuid7, kind: z.string().max(64), principal: a.name, shared: z.boolean() }),
      )
      .max(256),
  }),
  z.strictObject({
    entries: z
      .array(z.looseObject({}) as unknown as z.ZodType<BundleEntry>)
      .min(1)
      .max(4096),
  }),
]);
export type BundleFrame = z.infer<typeof bundleFrame>;

/** A decision as it was recorded; `body` is what SigilDERG signed. */
export const decisionView = z.strictObject({
  id: a.uuid7,
  body: a.jsonObject,
  outcome: a.jsonObject.nullable(),
  record: a.uuid7,
});

/** `GET /v1/decisions/:id/explanation`: sentences, the waterfall and what would change the answer. */
export const explanation = z.looseObject({
  id: a.uuid7,
  verdict: z.enum(["allow", "deny"]),
  reasons: z.array(reason).max(64),
  sentences: z.array(z.string().max(2048)).max(64),
});
