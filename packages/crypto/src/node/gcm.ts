import { createCipheriv, createDecipheriv, type KeyObject } from "node:crypto";
import { concatBytes } from "../concat.ts";
import { CryptoError } from "../error.ts";
import { plain } from "./plain.ts";

/** Bytes of a nonce (SP 800-38D section 8.2.2) and of a tag. */
export const NONCE_BYTES = 12;
export const TAG_BYTES = 16;

const OPTIONS = { authTagLength: TAG_BYTES };

/** AES-256-GCM: nonce ‖ ciphertext ‖ tag. The caller answers for a fresh nonce. */
export function gcmSeal(
  key: KeyObject,
  nonce: Uint8Array,
  plaintext: Uint8Array,
  aad: Uint8Array,
): Uint8Array {
  const cipher = createCipheriv("aes-256-gcm", key, nonce, OPTIONS);
  cipher.setAAD(aad);
  const body = cipher.update(plaintext);
  cipher.final();
  return concatBytes(nonce, body, cipher.getAuthTag());
}

/** The plaintext of {@link gcmSeal}; `decrypt-failed` when any bit of key, blob or `aad` differs. */
export function gcmOpen(key: KeyObject, sealed: Uint8Array, aad: Uint8Array): Uint8Array {
  const least = NONCE_BYTES + TAG_BYTES;
  if (sealed.length < least) {
    throw new CryptoError("decrypt-failed", `sealed blob has ${sealed.length} bytes; the least is ${least}`);
  }
  const end = sealed.length - TAG_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES), OPTIONS);
  decipher.setAAD(aad);
  decipher.setAuthTag(sealed.subarray(end));
  const plaintext = decipher.update(sealed.subarray(NONCE_BYTES, end));
  try {
    decipher.final();
  } catch (cause) {
    // GCM decrypts before it knows: nothing unauthenticated may leave this function.
    plaintext.fill(0);
    throw new CryptoError("decrypt-failed", "sealed blob does not open under this key and context", {
      cause,
    });
  }
  return plain(plaintext);
}
