import { CanonError, parseJson } from "@sigil/canon/portable";
import { CryptoError, fromBase64url, nodeKeyObject, type VerifyKey } from "@sigil/crypto";
import { compactVerify } from "jose";
import { PolicyError, type PolicyErrorCode } from "../error.ts";
import { LOA } from "../loa.ts";
import { type LicenceClaims, licenceClaims } from "./claims.ts";
import { LICENCE_TYPE } from "./issue.ts";

/** Clocks may differ by this many seconds at nbf and exp. */
export const LICENCE_SKEW = 30;
/** Characters of a token that are looked at; a longer one is malformed. */
const TOKEN_MAX = 8192;

/** Everything that a licence is held against. Nothing of it comes from the licence. */
export interface LicenceChecks {
  /** Pinned issuer keys by kid. */
  readonly issuers: ReadonlyMap<string, VerifyKey>;
  readonly runtimeId: string;
  readonly canonFingerprint: string;
  /** RFC 3339. */
  readonly now: string;
  /** What the log knows of a licence. */
  readonly recorded: (jti: string) => "recorded" | "unrecorded" | "revoked";
  /** Highest serial recorded for a principal. */
  readonly highestSerial?: (sub: string) => number | undefined;
  /** Thumbprint of the key that signed the envelope which came along. */
  readonly possession?: string;
}

const refuse = (code: PolicyErrorCode, message: string, cause?: unknown): never => {
  throw new PolicyError(code, message, { cause });
};

/**
 * Verifies a licence: form, header, pinned issuer, signature, claims, bindings, time, the log, serial, possession, in this order.
 * `alg` is compared, never used to choose code: the key decides the algorithm.
 * @throws PolicyError with the `licence-…` code of the first check that fails
 */
export async function verifyLicence(token: string, checks: LicenceChecks): Promise<LicenceClaims> {
  const key = issuerOf(token, checks);
  const payload = await compactVerify(token, nodeKeyObject(key), { algorithms: ["EdDSA"] }).then(
    (verified) => verified.payload,
    (cause: unknown) => refuse("licence-signature", "the licence's signature does not verify", cause),
  );
  const claims = readClaims(payload);
  checkBindings(claims, checks);
  checkTime(claims, checks.now);
  checkLog(claims, checks);
  if (claims.cnf !== undefined && claims.cnf.jkt !== checks.possession)
    refuse(
      "licence-possession",
      "the licence is bound to a key; send it with an envelope that this key signed",
    );
  return claims;
}

function parsePart(part: string, what: string): unknown {
  try {
    return parseJson(fromBase64url(part), { maxBytes: TOKEN_MAX });
  } catch (cause) {
    if (!(cause instanceof CryptoError || cause instanceof CanonError)) throw cause;
    return refuse("licence-malformed", `the licence's ${what} is not base64url of JSON`, cause);
  }
}

function issuerOf(token: string, checks: LicenceChecks): VerifyKey {
  if (token === "") refuse("licence-missing", "no licence was presented");
  const parts = token.split(".");
  if (token.length > TOKEN_MAX || parts.length !== 3 || parts.some((part) => !/^[A-Za-z0-9_-]*$/.test(part)))
    refuse("licence-malformed", "a licence is three base64url parts joined by dots, 8192 characters at most");
  const header = parsePart(parts[0] ?? "", "header");
  if (typeof header !== "object" || header === null || Array.isArray(header))
    return refuse("licence-malformed", "the licence's header is not an object");
  const { alg, typ, kid, ...rest } = header as Record<string, unknown>;
  if (typ !== LICENCE_TYPE) refuse("licence-type", `typ is not ${LICENCE_TYPE}`);
  if (alg !== "EdDSA") refuse("licence-algorithm", "alg is not EdDSA");
  const extra = Object.keys(rest)[0];
  if (extra !== undefined)
    refuse("licence-malformed", `the header holds ${extra}; alg, typ and kid are all it may hold`);
  const key = typeof kid === "string" ? checks.issuers.get(kid) : undefined;
  return key ?? refuse("licence-key-unknown", "kid names no issuer that genesis pinned");
}

function readClaims(payload: Uint8Array): LicenceClaims {
  let value: unknown;
  try {
    value = parseJson(payload, { maxBytes: TOKEN_MAX });
  } catch (cause) {
    if (!(cause instanceof CanonError)) throw cause;
    return refuse("licence-malformed", `the claims are refused: ${cause.code}`, cause);
  }
  const result = licenceClaims.safeParse(value);
  if (!result.success) {
    const issue = result.error.issues[0];
    return refuse("licence-malformed", `claim ${issue?.path.join(".")}: ${issue?.message}`);
  }
  if (!(LOA as readonly string[]).includes(result.data.loa))
    refuse("licence-level-unknown", `level "${result.data.loa}" is unknown`);
  return result.data as LicenceClaims;
}

function checkBindings(claims: LicenceClaims, checks: LicenceChecks): void {
  if (claims.bindings.runtimeId !== checks.runtimeId)
    refuse("licence-runtime-mismatch", "the licence is for another runtime");
  if (claims.bindings.canonFingerprint !== checks.canonFingerprint)
    refuse("licence-canon-mismatch", "the licence is for a runtime with another genesis");
}

function checkTime(claims: LicenceClaims, now: string): void {
  const seconds = Date.parse(now) / 1000;
  if (!Number.isFinite(seconds)) throw new TypeError(`now is not a time: ${now}`);
  if (claims.exp <= claims.nbf) refuse("licence-malformed", "claim exp: the licence ends before it begins");
  if (claims.nbf > seconds + LICENCE_SKEW)
    refuse("licence-not-yet-valid", `the licence is valid from ${at(claims.nbf)} on`);
  if (claims.exp <= seconds - LICENCE_SKEW)
    refuse("licence-expired", `the licence ended at ${at(claims.exp)}; issue another`);
}

const at = (seconds: number): string => new Date(seconds * 1000).toISOString();

function checkLog(claims: LicenceClaims, checks: LicenceChecks): void {
  const state = checks.recorded(claims.jti);
  if (state === "revoked") refuse("licence-revoked", `licence ${claims.jti} was revoked`);
  if (state !== "recorded") refuse("licence-unrecorded", `licence ${claims.jti} has no license.issue record`);
  const highest = checks.highestSerial?.(claims.sub);
  if (highest !== undefined && claims.serial < highest)
    refuse(
      "licence-superseded",
      `serial ${claims.serial} is older than ${highest}, the newest of ${claims.sub}`,
    );
}
