import { z } from "zod";
import * as a from "./atoms.ts";
import { canonRecord, recordDraft, storedRecord } from "./record.ts";

export const idempotency = z.strictObject({
  principal: a.name,
  key: z.string().regex(/^[\x21-\x7e]{1,128}$/),
});

/** What must hold in the moment in which records land: their time is before `before`, and each stream ends with `prev`. */
const precondition = z.strictObject({
  before: a.timestamp.optional(),
  tips: z
    .array(z.strictObject({ stream: a.identifier, prev: a.sha256Ref.nullable() }))
    .max(64)
    .optional(),
});

/**
 * `POST /v1/records`: lands whole or not at all, in this order. A draft receives its place from the store; a
 * complete record is accepted only at the tip of its stream (`prev-not-tip`). What `require` asks is refused `too-late` or
 * `prev-not-tip`; it is not asked of a request that landed before.
 */
export const storeAppend = z.strictObject({
  records: z
    .array(z.union([recordDraft, canonRecord]))
    .min(1)
    .max(256),
  idempotency: idempotency.optional(),
  require: precondition.optional(),
  known: z.strictObject({ size: a.index, root: a.hash64 }).optional(),
});
export type StoreAppend = z.infer<typeof storeAppend>;

export const storedPlace = z.strictObject({
  id: a.uuid7,
  hash: a.sha256Ref,
  index: a.index,
  stream: a.identifier,
  seq: a.index,
  ts: a.timestamp,
  ch: a.sha256Ref,
});

/** `consistency` proves that the checkpoint extends `known`; empty when `known` was absent, empty or the same. */
export const storeAppended = z.strictObject({
  records: z.array(storedPlace).max(256),
  checkpoint: z.string().max(16_384),
  size: a.index,
  consistency: z.array(a.hash64).max(64),
  replayed: z.boolean(),
});
export type StoreAppended = z.infer<typeof storeAppended>;

/** `POST /v1/records/query`. The reader's level is the envelope's `ctx.loa`, never a field of the body. */
export const storeQuery = z.strictObject({
  kind: z.string().max(64).optional(),
  kinds: z.array(z.string().max(64)).min(1).max(32).optional(),
  stream: a.identifier.optional(),
  principal: a.name.optional(),
  tag: a.name.optional(),
  space: a.space.optional(),
  loa: a.loa.optional(),
  /** From then on, and before then. */
  since: a.timestamp.optional(),
  until: a.timestamp.optional(),
  /** Only leaves after this one, in either order. */
  after: a.index.optional(),
  /** What the asker selects by beside this query: a digest that the cursor is bound to, and nothing else. */
  bound: a.sha256Ref.optional(),
  order: z.enum(["asc", "desc"]),
  limit: z.int().min(1).max(200),
  cursor: z.string().min(1).max(1024).optional(),
});
export type StoreQuery = z.infer<typeof storeQuery>;

/** `GET /v1/records/:id`. */
export const storedOne = storedRecord;

export const storePage = z.strictObject({
  records: z.array(storedRecord).max(200),
  next: z.string().max(1024).nullable(),
});

export const storeBundle = z.strictObject({ ids: z.array(a.uuid7).min(1).max(256) });
export const checkpoint = z.strictObject({
  checkpoint: z.string().max(16_384),
  size: a.index,
  root: a.hash64,
});
