import { fromBase64url } from "../encoding/base64.ts";
import { CryptoError } from "../error.ts";
import type { Curve } from "./der.ts";

const USES: Record<Curve, string> = { Ed25519: "sig", X25519: "enc" };

function malformed(why: string): CryptoError {
  return new CryptoError("key-format", `JWK ${why} (RFC 8037)`);
}

/**
 * The fields of an OKP JWK, RFC 8037 section 2. A stated `use` or `alg` must be one that the key is for; other members are ignored, as
 * RFC 7517 section 4 says. `key-format` otherwise.
 */
export function okpFields(curve: Curve, value: unknown): { readonly x: Uint8Array; readonly d: unknown } {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw malformed("is not an object");
  const { alg, crv, d, kty, use, x } = value as Record<string, unknown>;
  if (kty !== "OKP" || crv !== curve) throw malformed(`is not of kty OKP and crv ${curve}`);
  if (use !== undefined && use !== USES[curve]) throw malformed(`has another use than ${USES[curve]}`);
  if (curve === "Ed25519" && alg !== undefined && alg !== "EdDSA" && alg !== "Ed25519")
    throw malformed("has another alg than EdDSA or Ed25519");
  return { x: bytesOf("x", x), d };
}

/** A member of 32 bytes in base64url. */
export function bytesOf(name: string, value: unknown): Uint8Array {
  try {
    if (typeof value === "string") {
      const bytes = fromBase64url(value);
      if (bytes.length === 32) return bytes;
    }
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
  }
  // The member may be a secret: no message quotes it.
  throw malformed(`member ${name} is not base64url of 32 bytes`);
}
