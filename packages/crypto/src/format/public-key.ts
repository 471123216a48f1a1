import { CryptoError } from "../error.ts";
import { requireEnrollablePoint } from "../point.ts";
import { rawOfSpki, spkiOf } from "./der.ts";
import { okpFields } from "./jwk.ts";
import { derOfPem, pemOf } from "./pem.ts";

const LABEL = "PUBLIC KEY";

function enrolled(raw: Uint8Array): Uint8Array {
  requireEnrollablePoint(raw);
  return raw;
}

/** The SubjectPublicKeyInfo of an Ed25519 key, RFC 8410: 44 bytes of DER. Enrolment errors as `verifyKey`. */
export function publicKeyToSpki(raw: Uint8Array): Uint8Array {
  return spkiOf("Ed25519", enrolled(raw));
}

/** The raw Ed25519 key of a SubjectPublicKeyInfo; `key-format`, or an enrolment error. */
export function publicKeyFromSpki(der: Uint8Array): Uint8Array {
  return enrolled(rawOfSpki("Ed25519", der));
}

/** The PEM form of {@link publicKeyToSpki}, label PUBLIC KEY (RFC 7468 section 13). */
export function publicKeyToPem(raw: Uint8Array): string {
  return pemOf(LABEL, publicKeyToSpki(raw));
}

/** The raw Ed25519 key of a PEM block PUBLIC KEY; `key-format`, or an enrolment error. */
export function publicKeyFromPem(text: string): Uint8Array {
  return publicKeyFromSpki(derOfPem(LABEL, text));
}

/** The raw Ed25519 key of a public JWK; `key-format`, also for a private JWK, which has no business here; or an enrolment error. */
export function publicKeyFromJwk(jwk: unknown): Uint8Array {
  const { d, x } = okpFields("Ed25519", jwk);
  if (d !== undefined)
    throw new CryptoError("key-format", "JWK is a private key; give its public part, without member d");
  return enrolled(x);
}
