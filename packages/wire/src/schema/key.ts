import { z } from "zod";
import * as a from "./atoms.ts";

/** A key-encryption key and what hangs on it. The id is derived from the key and says nothing about it. */
export const kekUse = z.strictObject({
  id: z.string().regex(/^[A-Za-z0-9_-]{22}$/),
  createdAt: a.timestamp,
  active: z.boolean(),
  /** Keys of records that are wrapped under it now. */
  live: a.index,
  /** Keys that were ever wrapped under it; AES-GCM bounds it by `limit`. */
  wraps: a.index,
  /** Of the active key: leaves that a rotation has passed. */
  walked: a.index,
});

/** `GET /v1/keys`. */
export const keyStatus = z.strictObject({
  keks: z.array(kekUse).min(1).max(1024),
  rotating: z.boolean(),
  /** Wrappings that one key may make: 2^32 random nonces (NIST SP 800-38D section 8.3) less a margin. */
  limit: a.index,
});
export type KeyStatus = z.infer<typeof keyStatus>;

/** `POST /v1/keys/rotations`: begun, not finished; `GET /v1/keys` shows how far it is. */
export const keyRotation = z.strictObject({ key: z.literal("kek") });
export const keyRotated = z.strictObject({ kek: kekUse.shape.id, decision: a.uuid7 });

/** `POST /v1/keys/kek` of the store. */
export const kekBegun = z.strictObject({ kek: kekUse.shape.id });
