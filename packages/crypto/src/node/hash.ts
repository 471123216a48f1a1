import { createHmac, createSecretKey, hash, hkdfSync, timingSafeEqual } from "node:crypto";
import { requireWellFormed } from "../encoding/text.ts";
import { CryptoError } from "../error.ts";
import { plain } from "./plain.ts";

/** SHA-256, FIPS 180-4: 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return digest(bytes);
}

/** {@link sha256} of the UTF-8 bytes of `text`, which are never made; `utf8-malformed` when it has none. */
export function sha256Text(text: string): Uint8Array {
  requireWellFormed(text);
  return digest(text);
}

function digest(input: Uint8Array | string): Uint8Array {
  // A string of 32 characters crosses from C++ in less than half the time of a Buffer.
  const binary = hash("sha256", input, "binary");
  const result = new Uint8Array(32);
  for (let i = 0; i < 32; i++) result[i] = binary.charCodeAt(i);
  return result;
}

/** HMAC-SHA-256, RFC 2104: 32 bytes. */
export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  // Node takes four times as long over raw key bytes as over a key object made for the call.
  return plain(createHmac("sha256", createSecretKey(key)).update(bytes).digest());
}

/** HKDF-SHA-256, RFC 5869: `length` bytes, 1 to 8160, or `length-out-of-range`. */
export function hkdfSha256(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (!Number.isInteger(length) || length < 1 || length > 255 * 32) {
    throw new CryptoError("length-out-of-range", `HKDF-SHA-256 gives 1 to 8160 bytes, not ${length}`);
  }
  return new Uint8Array(hkdfSync("sha256", ikm, salt, info, length));
}

/** Whether both are the same bytes, in time that depends on the lengths only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
