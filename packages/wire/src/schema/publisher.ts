import { z } from "zod";
import * as a from "./atoms.ts";

const mode = z.enum(["solo", "quorum"]);
const why = a.text(1024);
/** Why. A proposal has a reason of its own, which stands in for it. */
const reason = why.min(1).optional();

/** A publisher as genesis pins it: the name is this runtime's own for the key, and no package's. */
export const pinnedPublisher = z.strictObject({ name: a.name, kid: a.kid, publicKey: a.bytes32 });

/** Payload of `publisher.change` in `system/publishers`: whose packages run, beside those whom genesis pins. */
export const publisherChange = z.discriminatedUnion("change", [
  z.strictObject({ change: z.literal("add"), ...pinnedPublisher.shape, reason: why, mode }),
  z.strictObject({ change: z.literal("revoke"), kid: a.kid, reason: why, mode }),
]);

/** `POST /v1/publishers`: the raw Ed25519 key with which somebody signs module packages. */
export const publisherAdd = z.strictObject({ name: a.name, publicKey: a.bytes32, reason });

/** `POST /v1/publishers/:kid/revocation`: none of its modules runs from then on. */
export const publisherRevoke = z.strictObject({ reason });

/** The `request` of a proposal of `publisher.change`. */
export const publisherRequest = z.discriminatedUnion("change", [
  z.strictObject({ change: z.literal("add"), ...publisherAdd.shape }),
  z.strictObject({ change: z.literal("revoke"), kid: a.kid, ...publisherRevoke.shape }),
]);

export const publisherChanged = z.strictObject({
  kid: a.kid,
  record: a.uuid7,
  index: a.index,
  decision: a.uuid7,
});

/** `GET /v1/publishers`: all that ever were pinned, in the order of the records. */
export const publisherList = z.strictObject({
  publishers: z
    .array(
      z.strictObject({
        ...pinnedPublisher.shape,
        /** Null where a restore lost the record that pinned a revoked one. */
        name: a.name.nullable(),
        publicKey: a.bytes32.nullable(),
        state: z.enum(["active", "revoked"]),
      }),
    )
    .max(1024),
});
