import { canonicalBytes } from "@sigil/canon";
import { nodeKeyObject, type SigningKey } from "@sigil/crypto";
import { CompactSign } from "jose";
import { PolicyError } from "../error.ts";
import { LICENCE_ALGORITHM, LICENCE_MAX, LICENCE_TYPE, type LicenceClaims, licenceClaims } from "./claims.ts";

/**
 * A licence: compact JWS (RFC 7515), EdDSA (RFC 8037), header exactly `{alg, kid, typ}`, payload the RFC 8785 form of the
 * claims, so that equal claims under one key are one licence. Worth something only once its `license.issue` record exists.
 * @throws PolicyError `licence-malformed` for claims that no verifier would take
 */
export async function issueLicence(claims: LicenceClaims, issuerKey: SigningKey): Promise<string> {
  const checked = licenceClaims.safeParse(claims);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    throw new PolicyError(
      "licence-malformed",
      `claims.${issue?.path.join(".") ?? ""}: ${issue?.message ?? "invalid"}`,
    );
  }
  const token = await new CompactSign(canonicalBytes(checked.data))
    .setProtectedHeader({ alg: LICENCE_ALGORITHM, kid: issuerKey.kid, typ: LICENCE_TYPE })
    .sign(nodeKeyObject(issuerKey));
  if (token.length > LICENCE_MAX) {
    throw new PolicyError(
      "licence-malformed",
      `the licence has ${token.length} characters (limit ${LICENCE_MAX}); shorten its scope`,
    );
  }
  return token;
}
