import { fromHex } from "./encoding/hex.ts";
import { CryptoError } from "./error.ts";
import { isSmallOrder } from "./small-order.ts";

// L = 2^252 + 27742317777372353535851937790883648493, little-endian (RFC 8032 section 5.1).
const L = fromHex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");

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
