import { fromBase64url, fromUtf8, type VerifyKey } from "@sigil/crypto";
import { authenticLicence, type LicenceClaims, PolicyError, requireLicence } from "@sigil/policy";
import { ProblemError } from "@sigil/wire";
import { SERVICE_PRINCIPAL } from "../authority.ts";
import type { Genesis } from "./genesis.ts";
import type { LicenceRegister } from "./licence-register.ts";

/**
 * Checks a licence that is to be recorded: signed by a pinned issuer for this runtime, in time, new, and of a serial
 * above every earlier one of its subject.
 * @throws ProblemError `body-invalid` that names the precise reason: who may issue may also know
 */
export async function checkNewLicence(
  token: string,
  ground: {
    issuers: ReadonlyMap<string, VerifyKey>;
    genesis: Genesis;
    licences: LicenceRegister;
    now: string;
  },
): Promise<LicenceClaims> {
  const { genesis, licences } = ground;
  let claims: LicenceClaims;
  try {
    claims = await authenticLicence(token, ground.issuers);
    requireLicence(claims, {
      issuers: ground.issuers,
      runtimeId: genesis.runtimeId,
      canonFingerprint: genesis.fingerprint,
      now: ground.now,
      // It becomes recorded by what follows.
      recorded: () => "recorded",
      // Whoever records it need not hold the key that it is bound to.
      ...boundKey(token),
    });
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw invalid(`${error.code}: ${error.message}`, error);
  }
  const { jti, sub, serial } = claims;
  if (sub === SERVICE_PRINCIPAL)
    throw invalid(`${sub} is the control plane's own name; choose another principal`);
  if (licences.state(jti) !== "unrecorded") throw invalid(`a licence with jti ${jti} is recorded already`);
  const highest = licences.highestSerial(sub);
  if (highest !== undefined && serial <= highest) {
    throw invalid(
      `serial ${serial} is not above ${highest}, the highest of ${sub}; issue it with serial ${highest + 1}`,
    );
  }
  return claims;
}

/** The key that a token says it is bound to; what it says is verified by who asks. */
function boundKey(token: string): { possession?: string } {
  try {
    const { cnf } = JSON.parse(fromUtf8(fromBase64url(token.split(".")[1] ?? ""))) as {
      cnf?: { jkt?: unknown };
    };
    return typeof cnf?.jkt === "string" ? { possession: cnf.jkt } : {};
  } catch {
    return {};
  }
}

/** kid in the header of a token that has been verified under the key of that kid. */
export function issuerKid(token: string): string {
  const header = JSON.parse(fromUtf8(fromBase64url(token.slice(0, token.indexOf("."))))) as { kid: string };
  return header.kid;
}

function invalid(detail: string, cause?: unknown): ProblemError {
  return new ProblemError("body-invalid", detail, { missing: [`$.licence: ${detail}`], cause });
}
