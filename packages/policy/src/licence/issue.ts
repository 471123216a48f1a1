import { nodeKeyObject, type SigningKey, utf8 } from "@sigil/crypto";
import { CompactSign } from "jose";
import { PolicyError } from "../error.ts";
import { rankLoa } from "../loa.ts";
import { type LicenceClaims, licenceClaims } from "./claims.ts";

export const LICENCE_TYPE = "sigil-license+jwt";

/**
 * A licence as a compact JWS (RFC 7515, EdDSA of RFC 8037) whose header is exactly `alg`, `typ` and `kid`.
 * @throws PolicyError `licence-malformed` for claims that no verifier would take, `level-unknown`
 */
export async function issueLicence(claims: LicenceClaims, issuer: SigningKey): Promise<string> {
  const checked = licenceClaims.safeParse(claims);
  if (!checked.success) {
    const issue = checked.error.issues[0];
    throw new PolicyError("licence-malformed", `claim ${issue?.path.join(".")}: ${issue?.message}`);
  }
  rankLoa(claims.loa);
  if (claims.exp <= claims.nbf)
    throw new PolicyError("licence-malformed", "claim exp: the licence would end before it begins");
  return new CompactSign(utf8(JSON.stringify(claims)))
    .setProtectedHeader({ alg: "EdDSA", typ: LICENCE_TYPE, kid: issuer.kid })
    .sign(nodeKeyObject(issuer));
}
