import { fromHex } from "./encoding/hex.ts";
import { CryptoError } from "./error.ts";

// L = 2^252 + 27742317777372353535851937790883648493, little-endian (RFC 8032 section 5.1).
const L = fromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

// The y coordinates of the eight points of small order; the sign of x is the top bit of the last byte.
const SMALL_ORDER_Y = [
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000000",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
].map(fromHex);

function isSmallOrder(signature: Uint8Array): boolean {
  return SMALL_ORDER_Y.some((y) => {
    for (let i = 0; i < 31; i++) if (signature[i] !== y[i]) return false;
    return ((signature[31] as number) & 0x7f) === y[31];
  });
}

function isBelowOrder(signature: Uint8Array): boolean {
  for (let i = 31; i >= 0; i--) {
    const s = signature[32 + i] as number;
    const l = L[i] as number;
    if (s !== l) return s < l;
  }
  return false;
}

/**
 * The checks that implementations differ in, made before any of them: 64 bytes (`signature-length`); S below the group
 * order L, or S + L would be a second spelling; R not of small order, which an honest signer never produces and OpenSSL
 * refuses since 3.5 while tweetnacl does not (`signature-invalid`).
 */
export function requireSignatureShape(signature: Uint8Array): void {
  if (signature.length !== 64) {
    throw new CryptoError(
      "signature-length",
      `signature has ${signature.length} bytes; Ed25519 has exactly 64`,
    );
  }
  if (!isBelowOrder(signature) || isSmallOrder(signature)) throw signatureInvalid();
}

/** One error for every reason a signature does not verify: which check failed tells a forger more than a caller. */
export function signatureInvalid(): CryptoError {
  return new CryptoError("signature-invalid", "signature does not verify under this key and message");
}
