import { littleEndianHex } from "./encoding/little-endian.ts";
import { CryptoError } from "./error.ts";
import { requireKeyLength } from "./length.ts";
import { isSmallOrder } from "./small-order.ts";

// RFC 8032 section 5.1: the field and the curve −x² + y² = 1 + dx²y².
const P = 2n ** 255n - 19n;
const D = 0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3n;
const SIGN = 2n ** 255n;

/** Euler's criterion: whether `value`, not 0, is a square in the field. (p − 1) / 2 = 2^254 − 10. */
function isSquare(value: bigint): boolean {
  // value^(2^254 − 10) = 1 exactly when value^(2^254) = value^10.
  let power = value;
  let tenth = 1n;
  for (let i = 0; i < 254; i++) {
    if (i === 1 || i === 3) tenth = (tenth * power) % P;
    power = (power * power) % P;
  }
  return power === tenth;
}

/**
 * Enrolment: refuses a raw Ed25519 public key that is not 32 bytes (`key-length`), not the canonical encoding of a point
 * on the curve (`key-encoding`), or of small order (`key-small-order`: under such a key one signature fits many
 * messages). RFC 8032 section 5.1.3. A public key is no secret, so nothing here runs in constant time.
 */
export function requireEnrollablePoint(raw: Uint8Array): void {
  requireKeyLength(raw, 32, "Ed25519 public key");
  const encoded = BigInt(`0x${littleEndianHex(raw)}`);
  const y = encoded % SIGN;
  // u / v = x², and v is never 0 because −1/d is not a square. The quotient is a square exactly when the product is.
  const u = y * y - 1n;
  const v = D * y * y + 1n;
  // x = 0 has one sign only.
  const isZero = u % P === 0n;
  if (y >= P || (isZero && encoded !== y) || !(isZero || isSquare((u * v) % P))) {
    throw new CryptoError(
      "key-encoding",
      "Ed25519 public key is not the canonical encoding of a point on the curve",
    );
  }
  if (isSmallOrder(raw)) {
    throw new CryptoError("key-small-order", "Ed25519 public key has small order; generate a fresh key");
  }
}
