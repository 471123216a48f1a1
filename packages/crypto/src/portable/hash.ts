import { hkdf } from "@noble/hashes/hkdf.js";
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { utf8 } from "../encoding/text.ts";
import { CryptoError } from "../error.ts";

/** SHA-256, FIPS 180-4: 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return nobleSha256(bytes);
}

/** {@link sha256} of the UTF-8 bytes of `text`; `utf8-malformed` when it has none. */
export function sha256Text(text: string): Uint8Array {
  return nobleSha256(utf8(text));
}

/** HMAC-SHA-256, RFC 2104: 32 bytes. */
export function hmacSha256(key: Uint8Array, bytes: Uint8Array): Uint8Array {
  return hmac(nobleSha256, key, bytes);
}

/** HKDF-SHA-256, RFC 5869: `length` bytes, 1 to 8160, or `length-out-of-range`. */
export function hkdfSha256(ikm: Uint8Array, salt: Uint8Array, info: Uint8Array, length: number): Uint8Array {
  if (!Number.isInteger(length) || length < 1 || length > 255 * 32) {
    throw new CryptoError("length-out-of-range", `HKDF-SHA-256 gives 1 to 8160 bytes, not ${length}`);
  }
  return hkdf(nobleSha256, ikm, salt, info, length);
}

/** Whether both are the same bytes. Touches every byte; a JIT gives no stronger promise about time. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i] as number);
  return difference === 0;
}
