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
