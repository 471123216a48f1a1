import type { VerifyKey } from "@sigil/crypto";
import { type Caller, type LicenceClaims, PolicyError, requireLicence } from "@sigil/policy";
import type { AuthenticLicences } from "./authentic-licences.ts";
import type { Genesis } from "./genesis.ts";
import type { LicenceRegister } from "./licence-register.ts";

/** Everything that a licence is held against. Nothing of it comes from the licence. */
export interface LicenceGround {
  readonly issuers: ReadonlyMap<string, VerifyKey>;
  readonly authentic: AuthenticLicences;
  readonly genesis: Genesis;
  readonly licences: LicenceRegister;
  readonly now: string;
  /** The key that sealed the request, and whose it is. */
  readonly sealedBy?: { readonly kid: string; readonly issuer: string } | undefined;
}

export interface AuthenticatedCaller {
  readonly caller: Caller;
  readonly claims: LicenceClaims;
}

/** `Bearer`, one space or more, one token of the compact JWS alphabet (RFC 6750 section 2.1, RFC 7515 section 7.1). */
const BEARER = /^Bearer +([A-Za-z0-9_.-]+)$/i;

/**
 * The licence of a request, from the values of every Authorization header line that it carried.
 * @throws PolicyError `licence-missing`, `licence-duplicate` for more than one line, `licence-malformed`
 */
export function presentedLicence(authorization: readonly string[]): string {
  const [value] = authorization;
  if (value === undefined) {
    throw new PolicyError(
      "licence-missing",
      "no Authorization header; present `Authorization: Bearer <licence>`",
    );
  }
  if (authorization.length > 1) {
    throw new PolicyError(
      "licence-duplicate",
      `${authorization.length} Authorization headers; present exactly one licence`,
    );
  }
  const token = BEARER.exec(value)?.[1];
  if (token === undefined) {
    throw new PolicyError(
      value.includes(",") ? "licence-duplicate" : "licence-malformed",
      "the Authorization header is not `Bearer <licence>` with exactly one licence",
    );
  }
  return token;
}

/**
 * Licence to caller: signature under a pinned issuer, this runtime, in time, recorded, not revoked, not superseded.
 * @throws PolicyError with the precise `licence-…` code
 */
export async function resolveCaller(token: string, ground: LicenceGround): Promise<AuthenticatedCaller> {
  const { genesis, licences } = ground;
  const found = ground.authentic.claimsOf(token, ground.issuers);
  const claims = found instanceof Promise ? await found : found;
  requireLicence(claims, {
    issuers: ground.issuers,
    runtimeId: genesis.runtimeId,
    canonFingerprint: genesis.fingerprint,
    now: ground.now,
    recorded: (jti) => licences.state(jti),
    highestSerial: (sub) => licences.highestSerial(sub),
    ...(ground.sealedBy === undefined ? {} : { possession: ground.sealedBy.kid }),
  });
  if (ground.sealedBy !== undefined && ground.sealedBy.issuer !== claims.sub) {
    throw new PolicyError(
      "licence-possession",
      `the envelope is ${ground.sealedBy.issuer}'s, the licence ${claims.sub}'s`,
    );
  }
  const { sub, loa, jti, serial, scope } = claims;
  return { caller: { principal: sub, loa, licence: { jti, serial, scope } }, claims };
}
