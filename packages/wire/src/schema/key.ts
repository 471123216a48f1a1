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

/** The keys of the store that sign. */
export const signingRole = z.enum(["record", "log"]);

/** A signing key, valid for the leaves `from` ≤ index < `to`, and how many the log has of them. */
export const signingKeyUse = z.strictObject({
  role: signingRole,
  kid: a.kid,
  from: a.index,
  to: a.index.nullable(),
  leaves: a.index,
});
export type SigningKeyUse = z.infer<typeof signingKeyUse>;

/** `GET /v1/keys`. */
export const keyStatus = z.strictObject({
  keks: z.array(kekUse).min(1).max(1024),
  rotating: z.boolean(),
  /** Wrappings that one key may make: 2^32 random nonces (NIST SP 800-38D section 8.3) less a margin. */
  limit: a.index,
  /** C2SP verifier key of the origin and the key that sign the next checkpoint, for witnesses and auditors. */
  verifierKey: a.text(512),
  signing: z.array(signingKeyUse).max(2048),
});
export type KeyStatus = z.infer<typeof keyStatus>;

/** `POST /v1/keys/rotations`. Of a KEK: begun, not finished; `GET /v1/keys` shows how far it is. */
export const keyRotation = z.strictObject({ key: z.enum(["kek", ...signingRole.options]) });
export const keyRotated = z.union([
  z.strictObject({ key: z.literal("kek"), kek: kekUse.shape.id, decision: a.uuid7 }),
  z.strictObject({ key: signingRole, kid: a.kid, from: a.index, record: a.uuid7, decision: a.uuid7 }),
]);

/** `POST /v1/keys/kek` of the store. */
export const kekBegun = z.strictObject({ kek: kekUse.shape.id });

/** `POST /v1/keys/signing` of the store: recorded, and the new key signs from leaf `from` on. */
export const signingRotation = z.strictObject({ key: signingRole });
export const signingRotated = z.strictObject({
  key: signingRole,
  kid: a.kid,
  from: a.index,
  record: z.strictObject({ id: a.uuid7, hash: a.sha256Ref, index: a.index, digest: a.sha256Ref }),
});
