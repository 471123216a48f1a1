import { CryptoError, type CryptoErrorCode } from "../error.ts";

const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

interface Variant {
  /** The letters of each twelve bits: half as many steps as one by one. */
  readonly pairs: readonly string[];
  /** The six bits of a character code, −1 outside the alphabet. */
  readonly table: Int8Array;
  readonly code: CryptoErrorCode;
}

function variant(alphabet: string, code: CryptoErrorCode): Variant {
  const table = new Int8Array(128).fill(-1);
  const letters = [...alphabet];
  letters.forEach((letter, bits) => {
    table[letter.charCodeAt(0)] = bits;
  });
  return { pairs: letters.flatMap((high) => letters.map((low) => high + low)), table, code };
}

const STANDARD = /* @__PURE__ */ variant(`${LETTERS}+/`, "base64-malformed");
const URL_SAFE = /* @__PURE__ */ variant(`${LETTERS}-_`, "base64url-malformed");

function encode({ pairs }: Variant, bytes: Uint8Array): string {
  let text = "";
  let i = 0;
  for (; i + 2 < bytes.length; i += 3) {
    const group = ((bytes[i] as number) << 16) | ((bytes[i + 1] as number) << 8) | (bytes[i + 2] as number);
    text += pairs[group >> 12];
    text += pairs[group & 4095];
  }
  const left = bytes.length - i;
  if (left === 0) return text;
  const group = ((bytes[i] as number) << 16) | ((bytes[i + 1] ?? 0) << 8);
  text += pairs[group >> 12];
  if (left === 2) text += pairs[group & 4095]?.[0];
  return text;
}

function decode({ table, code }: Variant, text: string, length: number): Uint8Array {
  if (length % 4 === 1) throw new CryptoError(code, `${length} characters are not a whole number of bytes`);
  const bytes = new Uint8Array(Math.floor((length * 3) / 4));
  let bits = 0;
  let held = 0;
  let at = 0;
  for (let i = 0; i < length; i++) {
    const value = table[text.charCodeAt(i)] ?? -1;
    if (value < 0) throw new CryptoError(code, `character ${i} is outside the alphabet`);
    held = ((held << 6) | value) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
    }
  }
  // RFC 4648 section 3.5: unused bits are zero, so that one byte string has one spelling.
  if ((held & ((1 << bits) - 1)) !== 0) throw new CryptoError(code, "unused trailing bits are not zero");
  return bytes;
}

/** Base64url without padding, RFC 4648 section 5. */
export function toBase64url(bytes: Uint8Array): string {
  return encode(URL_SAFE, bytes);
}

/** The bytes of unpadded base64url; padding, white space or non-zero trailing bits are `base64url-malformed`. */
export function fromBase64url(text: string): Uint8Array {
  return decode(URL_SAFE, text, text.length);
}

/** Padded base64, RFC 4648 section 4: the form of C2SP notes and checkpoints. */
export function toBase64(bytes: Uint8Array): string {
  const text = encode(STANDARD, bytes);
  return text + "=".repeat((4 - (text.length % 4)) % 4);
}

/** The bytes of padded base64; missing padding, white space or non-zero trailing bits are `base64-malformed`. */
export function fromBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0) {
    throw new CryptoError("base64-malformed", `length ${text.length} is not a multiple of 4; pad with "="`);
  }
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return decode(STANDARD, text, text.length - padding);
}
