import { z } from "zod";
import * as a from "../schema/atoms.ts";

export const ENVELOPE_HEADER = "Sigil-Envelope";
export const GRANT_HEADER = "Sigil-Grant";
export const CHALLENGE_HEADER = "Sigil-Challenge";
export const RESPONSE_HEADER = "Sigil-Response";
export const DECISION_HEADER = "Sigil-Decision";

/** Longest envelope header that is looked at, in characters. */
export const ENVELOPE_MAX = 4096;
/** Longest life of an envelope and greatest difference of clocks, in seconds. */
export const LIFETIME_MAX = 60;
export const SKEW = 30;

/**
 * The authority that SigilDERG passes to MMF and Codex Nexus with a request: on whose behalf, at which effective
 * level, under which decision, in which run. Only SigilDERG's key may set it.
 */
export const authority = z.strictObject({
  principal: a.name,
  loa: a.loa,
  decision: a.uuid7,
  run: a.uuid7.optional(),
});
export type Authority = z.infer<typeof authority>;

/** SHA-256 in base64url. */
const digest = a.bytes32;

/** 128 random bits in base64url. */
export const nonce = z.string().regex(/^[A-Za-z0-9_-]{21}[AQgw]$/, "16 bytes in base64url");

/**
 * The protected header: everything of a request that its signature covers. Fields map one to one onto RFC 9421
 * components: `htm` @method, `htu` @target-uri's path and query as they stood on the request line, `ct`
 * content-type, `bd` content-digest (SHA-256), `bl` content-length; `iat` and `exp` in seconds since 1970.
 */
export const protectedHeader = z.strictObject({
  v: z.literal(1),
  typ: z.literal("sigil-request"),
  alg: z.literal("Ed25519"),
  kid: a.kid,
  iss: a.name,
  sub: a.name.optional(),
  aud: z.string().max(96),
  htm: z.enum(["GET", "POST", "PUT", "PATCH", "DELETE"]),
  htu: z.string().min(1).max(2048),
  ct: z.string().max(128),
  bd: digest,
  bl: z.int().min(0),
  iat: z.int().min(0),
  exp: z.int().min(0),
  nonce,
  lic: digest.optional(),
  grant: digest.optional(),
  idem: z
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/)
    .optional(),
  ctx: authority.optional(),
});
export type ProtectedHeader = z.infer<typeof protectedHeader>;

/** `aud` of a service's present instance. */
export function audience(service: string, instance: string): string {
  return `${service}/${instance}`;
}
