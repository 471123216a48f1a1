import { z } from "zod";
import * as a from "./atoms.ts";

/** A record that can be erased, by its place and its salted hash. */
export const erasable = z.strictObject({
  id: a.uuid7,
  index: a.index,
  hash: a.sha256Ref,
  kind: z.string().max(64),
});
export type Erasable = z.infer<typeof erasable>;

/** A backup that was made of the store: what is erased later is still in it. */
export const backupMade = z.strictObject({ at: a.timestamp, size: a.index, file: z.string().max(256) });
export type BackupMade = z.infer<typeof backupMade>;

/** `POST /v1/records/erasable`: what of a principal can still be erased, in log order after leaf `after`. */
export const erasableQuery = z.strictObject({
  principal: a.name,
  after: a.index.optional(),
  limit: z.int().min(1).max(1024),
});
export const erasablePage = z.strictObject({
  targets: z.array(erasable).max(1024),
  next: a.index.nullable(),
  backups: z.array(backupMade).max(32),
});
export type ErasablePage = z.infer<typeof erasablePage>;

/** `POST /v1/memory/:id/forget`. With `preview` nothing is erased, and the answer says what would be. */
export const memoryForget = z.strictObject({ preview: z.boolean() });
/** `POST /v1/erasures`: everything of a principal that can be erased. `complete` is recorded in the receipts. */
export const principalErase = z.strictObject({
  principal: a.name,
  preview: z.boolean(),
  complete: z.boolean(),
});

/** What was erased, or with `preview` would be. `more` says that another call goes on with the rest. */
export const erasure = z.strictObject({
  preview: z.boolean(),
  decision: a.uuid7,
  principal: a.name,
  complete: z.boolean(),
  records: a.index,
  kinds: z.record(z.string().max(64), a.index),
  receipts: z.array(z.strictObject({ id: a.uuid7, index: a.index, hash: a.sha256Ref })).max(64),
  backups: z.array(backupMade).max(32),
  more: z.boolean(),
});
export type ErasureAnswer = z.infer<typeof erasure>;
