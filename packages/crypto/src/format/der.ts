import { concatBytes } from "../concat.ts";
import { fromHex } from "../encoding/hex.ts";
import { CryptoError } from "../error.ts";
import type { JwkPublic } from "../key.ts";
import { requireKeyLength } from "../length.ts";

/** The curve that a key is for. */
export type Curve = JwkPublic["crv"];

// RFC 8410: the DER that surrounds a raw key. Fixed, because the algorithms have no parameters; they differ in the last
// byte of the object identifier, 1.3.101.112 and 1.3.101.110.
const PKCS8 = {
  Ed25519: "302e020100300506032b657004220420",
  X25519: "302e020100300506032b656e04220420",
} as const;
const SPKI = {
  Ed25519: "302a300506032b6570032100",
  X25519: "302a300506032b656e032100",
} as const;

function wrap(prefix: string, raw: Uint8Array, what: string): Uint8Array {
  requireKeyLength(raw, 32, what);
  return concatBytes(fromHex(prefix), raw);
}

function unwrap(prefix: string, der: Uint8Array, what: string): Uint8Array {
  const head = fromHex(prefix);
  if (der.length !== head.length + 32 || head.some((byte, n) => der[n] !== byte)) {
    throw new CryptoError("key-format", `${what}; write it with a tool that follows RFC 8410`);
  }
  return der.slice(head.length);
}

/** SubjectPublicKeyInfo (RFC 5280, RFC 8410 section 4) of a raw public key: 44 bytes of DER. */
export function spkiOf(curve: Curve, raw: Uint8Array): Uint8Array {
  return wrap(SPKI[curve], raw, `${curve} public key`);
}

/** The raw key of exactly what {@link spkiOf} writes; `key-format` otherwise. The key is not enrolled yet. */
export function rawOfSpki(curve: Curve, der: Uint8Array): Uint8Array {
  return unwrap(SPKI[curve], der, `not a SubjectPublicKeyInfo of an ${curve} key`);
}

/** PKCS #8 (RFC 5958 version 1, RFC 8410 section 7) of a seed: 48 bytes of DER, to be wiped after use. */
export function pkcs8Of(curve: Curve, seed: Uint8Array): Uint8Array {
  return wrap(PKCS8[curve], seed, `${curve} seed`);
}

/** The seed in exactly what {@link pkcs8Of} writes; `key-format` otherwise. */
export function seedOfPkcs8(curve: Curve, der: Uint8Array): Uint8Array {
  return unwrap(PKCS8[curve], der, `not a PKCS #8 version 1 private key of ${curve}`);
}
