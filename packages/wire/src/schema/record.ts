import type { CanonRecord, RecordDraft, SignedRecord } from "@sigil/canon";
import { z } from "zod";
import * as a from "./atoms.ts";

// The shapes of canon's frame as they cross a boundary. canon's `checkRecord` and `verifyRecord` stay the
// authority on hashes and signatures; these schemas only keep anything else from coming near them.

export const author = z.strictObject({
  principal: a.name,
  loa: a.loa,
  module: a.name.optional(),
  run: a.uuid7.optional(),
  decision: a.uuid7.optional(),
});

export const link = z.strictObject({ label: a.name, target: a.sha256Ref });

const draftShape = {
  id: a.uuid7,
  kind: z.string().max(64),
  space: a.space,
  stream: a.identifier,
  loa: a.loa,
  author,
  links: z.array(link).max(64),
  salt: a.bytes32,
  payload: a.jsonObject,
};

const placed = {
  v: z.literal(1),
  seq: a.index,
  prev: a.sha256Ref.nullable(),
  ts: a.timestamp,
};

/** A record before the store has given it its place. */
export const recordDraft = z.strictObject(draftShape) as unknown as z.ZodType<RecordDraft>;

/** A record with its place: `v`, `seq`, `prev`, `ts`. */
export const canonRecord = z.strictObject({ ...draftShape, ...placed }) as unknown as z.ZodType<CanonRecord>;

export const signature = z.strictObject({
  kid: a.kid,
  alg: z.literal("Ed25519"),
  value: z.string().regex(/^[A-Za-z0-9_-]{86}$/, "64 bytes in base64url"),
});

export const signedRecord = z.strictObject({
  record: canonRecord,
  sig: signature,
}) as unknown as z.ZodType<SignedRecord>;

/** A record as the store returns it: where its leaf is, what the leaf binds, and the signed record. */
export const storedRecord = z.strictObject({
  index: a.index,
  ch: a.sha256Ref,
  rh: a.sha256Ref,
  signed: signedRecord,
});
export type StoredRecord = z.infer<typeof storedRecord>;
