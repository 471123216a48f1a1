import { z } from "zod";
import * as a from "./atoms.ts";

/** `*`, or the method and path of a licensed route as the route table writes it: `POST /v1/memory`. */
export const routePattern = z
  .string()
  .regex(/^(\*|(GET|POST|DELETE) \/[!-~]{1,126})$/, "* or a route such as POST /v1/memory");
const routes = z.array(routePattern).min(1).max(64);
const mode = z.enum(["solo", "quorum"]);

/** Payload of `client-key.change`: the registry of envelope keys of others is what these records say, in their order. */
export const clientKeyChange = z.discriminatedUnion("change", [
  z.strictObject({
    change: z.literal("add"),
    principal: a.name,
    kid: a.kid,
    publicKey: a.bytes32,
    routes,
    mode,
    ts: a.timestamp,
  }),
  z.strictObject({
    change: z.literal("rotate"),
    principal: a.name,
    kid: a.kid,
    publicKey: a.bytes32,
    routes,
    /** The key that ends, and when: from `ends` on it opens nothing. */
    replaces: a.kid,
    ends: a.timestamp,
    mode,
    ts: a.timestamp,
  }),
  z.strictObject({
    change: z.literal("revoke"),
    principal: a.name,
    kid: a.kid,
    reason: z.string().min(1).max(256),
    mode,
    ts: a.timestamp,
  }),
]);

/** `POST /v1/client-keys`: the raw Ed25519 key of somebody who will seal requests with it. */
export const clientKeyAdd = z.strictObject({ principal: a.name, publicKey: a.bytes32, routes });

/** `POST /v1/client-keys/:kid/rotation`: another key in its place; the old one goes on for `overlapSeconds`. */
export const clientKeyRotate = z.strictObject({
  publicKey: a.bytes32,
  overlapSeconds: z.int().min(0).max(604_800).default(0),
});

/** `POST /v1/client-keys/:kid/revocation`. The reason is kept for good. */
export const clientKeyRevoke = z.strictObject({ reason: z.string().min(1).max(256) });

/** The `request` of a proposal of `client-key.change`. An overlap counts from the proposal on. */
export const clientKeyRequest = z.discriminatedUnion("change", [
  z.strictObject({ change: z.literal("add"), ...clientKeyAdd.shape }),
  z.strictObject({ change: z.literal("rotate"), kid: a.kid, ...clientKeyRotate.shape }),
  z.strictObject({ change: z.literal("revoke"), kid: a.kid, ...clientKeyRevoke.shape }),
]);

export const clientKeyChanged = z.strictObject({ kid: a.kid, record: a.uuid7, decision: a.uuid7 });

export const clientKeyList = z.strictObject({
  keys: z
    .array(
      z.strictObject({
        kid: a.kid,
        principal: a.name,
        /** Null, as `since`, and without routes, where a restore lost the enrolment and knows only that the key ended. */
        publicKey: a.bytes32.nullable(),
        role: z.literal("client"),
        routes: z.array(routePattern).max(64),
        state: z.enum(["active", "ending", "ended", "revoked"]),
        since: a.timestamp.nullable(),
        ends: a.timestamp.nullable(),
      }),
    )
    .max(4096),
});
