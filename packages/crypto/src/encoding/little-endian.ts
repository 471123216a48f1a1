import { toHex } from "./hex.ts";

/** The number that `bytes` spell with the least byte first (RFC 8032 section 5.1), as two hexadecimal digits a byte. */
export function littleEndianHex(bytes: Uint8Array): string {
  return toHex(Uint8Array.from(bytes).reverse());
}
