import { CryptoError } from "./error.ts";

// L = 2^252 + 27742317777372353535851937790883648493, little-endian (RFC 8032 section 5.1).
const L = Uint8Array.from([
  0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
]);

/**
 * Refuses a signature that is not 64 bytes or whose S half is not below the group order L. Without the bound S + L
 * verifies too, and a signature would have two spellings.
 */
export function requireSignatureShape(signature: Uint8Array): void {
  if (signature.length !== 64) {
    throw new CryptoError(
      "signature-length",
      `signature has ${signature.length} bytes; Ed25519 has exactly 64`,
    );
  }
  for (let i = 31; i >= 0; i--) {
    const s = signature[32 + i] as number;
    const l = L[i] as number;
    if (s < l) return;
    if (s > l) break;
  }
  throw signatureInvalid();
}

/** One error for every reason a signature does not verify: which check failed tells a forger more than a caller. */
export function signatureInvalid(): CryptoError {
  return new CryptoError("signature-invalid", "signature does not verify under this key and message");
}
