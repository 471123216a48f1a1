import { littleEndianHex } from "./encoding/little-endian.ts";
import { CryptoError } from "./error.ts";
import { isSmallOrder } from "./small-order.ts";

// 2^252 + 27742317777372353535851937790883648493 (RFC 8032 section 5.1).
const L = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";

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
  // Nearly every S is below L by its highest byte. Digits of one length compare as the numbers do.
  const isBelow = (signature[63] as number) < 0x10 || littleEndianHex(signature.subarray(32)) < L;
  if (!isBelow || isSmallOrder(signature.subarray(0, 32))) throw signatureInvalid();
}

/** One error for every reason a signature does not verify: which check failed tells a forger more than a caller. */
export function signatureInvalid(): CryptoError {
  return new CryptoError("signature-invalid", "signature does not verify under this key and message");
}
