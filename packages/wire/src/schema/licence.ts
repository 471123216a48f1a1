import { licenceClaims } from "@sigil/policy";
import { z } from "zod";
import * as a from "./atoms.ts";

/** `GET /v1/licence`: what the presented licence says and what it amounts to here and now. */
export const licenceView = z.strictObject({
  claims: licenceClaims,
  effective: z.strictObject({ principal: a.name, loa: a.loa, scope: z.array(z.string().max(64)).max(64) }),
});
export type LicenceView = z.infer<typeof licenceView>;

/** `POST /v1/licences`: records a licence that the CLI has signed with the issuer key; no service holds that key. */
export const licenceIssue = z.strictObject({ licence: z.string().min(1).max(8192) });
export const licenceIssued = z.strictObject({
  id: a.uuid7,
  jti: z.string().max(64),
  serial: a.index,
  decision: a.uuid7,
});

/** The id of a licence as a path parameter. */
export const byJti = z.strictObject({
  jti: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, "a licence id"),
});

/** What is recorded of a licence, and what it is worth now, this runtime's clock and records considered. */
export const licenceEntry = z.strictObject({
  jti: z.string().max(64),
  sub: a.name,
  loa: a.loa,
  serial: a.index,
  exp: z.int(),
  scope: z.array(z.string().max(64)).max(64),
  issuer: z.string().max(128),
  state: z.enum(["current", "expired", "superseded", "revoked"]),
  /** Why it was revoked, where it was. */
  reason: z.string().max(1024).optional(),
});
export type LicenceEntry = z.infer<typeof licenceEntry>;

/** `GET /v1/licences`: in the order of their records, after the licence `after`. */
export const licenceListQuery = z.strictObject({
  principal: a.name.optional(),
  after: byJti.shape.jti.optional(),
  limit: z.coerce.number().pipe(z.int().min(1).max(200)).optional(),
});
export const licenceList = z.strictObject({
  licences: z.array(licenceEntry).max(200),
  next: z.string().max(64).nullable(),
});

/** `POST /v1/licences/:jti/revocation`: counts from this answer on, for open runs too. */
export const licenceRevoke = z.strictObject({ reason: z.string().min(1).max(1024) });
export const licenceRevoked = z.strictObject({
  id: a.uuid7,
  jti: z.string().max(64),
  decision: a.uuid7,
  /** Runs whose grant ended with it. */
  runs: a.index,
});

/** `POST /v1/licences/validation`: what the door says to a licence, by the precise reason. */
export const licenceValidate = z.strictObject({ licence: z.string().min(1).max(8192) });
export const licenceValidated = z.discriminatedUnion("valid", [
  z.strictObject({ valid: z.literal(true), claims: licenceClaims }),
  z.strictObject({ valid: z.literal(false), code: a.code, detail: z.string().max(4096) }),
]);
