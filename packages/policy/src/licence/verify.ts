import type { Json } from "@sigil/canon/portable";
import { nodeKeyObject, type VerifyKey } from "@sigil/crypto";
import { compactVerify, errors } from "jose";
import { PolicyError } from "../error.ts";
import { isLoa, LOA } from "../loa.ts";
import { scopeAllows } from "../scope.ts";
import { LICENCE_ALGORITHM, LICENCE_SKEW, type LicenceClaims, licenceClaims } from "./claims.ts";
import { readLicence, theLicence } from "./read.ts";

/** Whether a licence has its `license.issue` record, and whether a `license.revoke` follows it. */
export type LicenceState = "recorded" | "unrecorded" | "revoked";

/** What a licence is held against. Nothing of it comes from the licence. */
export interface LicenceGround {
  /** The pinned issuer keys by kid. */
  readonly issuers: ReadonlyMap<string, VerifyKey>;
  readonly runtimeId: string;
  /** `sha256:<hex>` of the genesis record. */
  readonly canonFingerprint: string;
  /** RFC 3339. */
  readonly now: string;
  readonly recorded: (jti: string) => LicenceState;
  /** The highest serial recorded for a principal; a licence below it is superseded. */
  readonly highestSerial?: (sub: string) => number | undefined;
  /** Thumbprint of the key that signed the envelope of this request, when there was one. */
  readonly possession?: string;
  /** An action that the licence's scope must cover. */
  readonly action?: string;
}

/**
 * The claims of a licence that holds here and now: `authenticLicence`, then `requireLicence`.
 * @throws PolicyError with the first `licence-…` code that applies, in this order; `time-malformed`
 */
export async function verifyLicence(
  token: string | readonly string[] | undefined,
  ground: LicenceGround,
): Promise<LicenceClaims> {
  instantOf(ground.now);
  const claims = await authenticLicence(token, ground.issuers);
  requireLicence(claims, ground);
  return claims;
}

/**
 * The claims of a licence that an issuer signed: one token, strict form, pinned issuer, signature, claims. Nothing that
 * the token says is used before its signature has verified, except the kid that selects among the pinned keys. What it
 * answers depends on the token and the issuer's key alone, so it may be remembered for as long as that key is pinned.
 * @throws PolicyError with the first `licence-…` code that applies, in this order
 */
export async function authenticLicence(
  token: string | readonly string[] | undefined,
  issuers: LicenceGround["issuers"],
): Promise<LicenceClaims> {
  const licence = theLicence(token);
  const { kid, payload } = readLicence(licence);
  const issuer = issuers.get(kid);
  if (issuer === undefined) throw unknownIssuer();
  await requireSignature(licence, issuer);
  const claims = readClaims(payload);
  if (claims.iss !== kid) throw unknownIssuer();
  return claims;
}

/**
 * Holds authentic claims against here and now: this runtime, in time (±30 s), proof of possession when they ask for one,
 * recorded, not revoked, not superseded, and in scope when an action is named. Asked on every request; never remembered.
 * @throws PolicyError with the first `licence-…` code that applies, in this order; `time-malformed`
 */
export function requireLicence(claims: LicenceClaims, ground: LicenceGround): void {
  const seconds = instantOf(ground.now);
  requireBindings(claims, ground);
  requireTime(claims, seconds);
  requirePossession(claims, ground.possession);
  requireRecord(claims, ground);
  if (ground.action !== undefined && !scopeAllows(claims.scope, ground.action)) {
    throw new PolicyError("licence-out-of-scope", `the licence's scope does not cover ${ground.action}`);
  }
}

/** Seconds since 1970. */
function instantOf(now: string): number {
  const seconds = Date.parse(now) / 1000;
  if (Number.isNaN(seconds)) throw new PolicyError("time-malformed", "now is not an RFC 3339 time");
  return seconds;
}

async function requireSignature(licence: string, issuer: VerifyKey): Promise<void> {
  try {
    await compactVerify(licence, nodeKeyObject(issuer), { algorithms: [LICENCE_ALGORITHM] });
  } catch (cause) {
    if (cause instanceof errors.JWSSignatureVerificationFailed) {
      throw new PolicyError(
        "licence-signature",
        "the licence's signature does not verify under its issuer's key",
        { cause },
      );
    }
    throw new PolicyError("licence-malformed", "the licence is not a compact JWS", { cause });
  }
}

function readClaims(payload: Json): LicenceClaims {
  const parsed = licenceClaims.safeParse(payload);
  if (parsed.success) return parsed.data;
  const { issues } = parsed.error;
  const level = (payload as { loa?: Json } | null)?.loa;
  if (issues.length === 1 && issues[0]?.path[0] === "loa" && typeof level === "string" && !isLoa(level)) {
    throw new PolicyError("licence-level-unknown", `the licence's level is none of ${LOA.join(", ")}`);
  }
  const [issue] = issues;
  throw new PolicyError(
    "licence-malformed",
    `claims.${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`,
  );
}

function requireBindings({ bindings }: LicenceClaims, { runtimeId, canonFingerprint }: LicenceGround): void {
  if (bindings.runtimeId !== runtimeId) {
    throw new PolicyError(
      "licence-runtime-mismatch",
      "the licence is for another runtime; have one issued for this one",
    );
  }
  if (bindings.canonFingerprint !== canonFingerprint) {
    throw new PolicyError("licence-canon-mismatch", "the licence is for another genesis than this runtime's");
  }
}

function requireTime({ iat, nbf, exp }: LicenceClaims, now: number): void {
  const begins = Math.max(iat, nbf);
  if (now < begins - LICENCE_SKEW) {
    throw new PolicyError(
      "licence-not-yet-valid",
      `the licence begins at ${instant(begins)}; it is ${instant(now)}`,
    );
  }
  if (now >= exp + LICENCE_SKEW) {
    throw new PolicyError("licence-expired", `the licence ended at ${instant(exp)}; have a new one issued`);
  }
}

function requirePossession({ cnf }: LicenceClaims, possession: string | undefined): void {
  if (cnf !== undefined && cnf.jkt !== possession) {
    throw new PolicyError(
      "licence-possession",
      "the licence needs an envelope signed by the key that it names",
    );
  }
}

function requireRecord(
  { jti, sub, serial }: LicenceClaims,
  { recorded, highestSerial }: LicenceGround,
): void {
  const state = recorded(jti);
  if (state === "revoked") throw new PolicyError("licence-revoked", "the licence was revoked");
  if (state !== "recorded") {
    throw new PolicyError(
      "licence-unrecorded",
      "the log holds no license.issue record of this licence; record it",
    );
  }
  const highest = highestSerial?.(sub);
  if (highest !== undefined && serial < highest) {
    throw new PolicyError(
      "licence-superseded",
      `serial ${serial} is below ${highest}, the newest of its principal`,
    );
  }
}

function unknownIssuer(): PolicyError {
  return new PolicyError(
    "licence-key-unknown",
    "the licence's issuer is none of the pinned issuers of this runtime",
  );
}

function instant(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}
