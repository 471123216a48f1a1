import { CryptoError } from "../error.ts";

const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** Lower-case hexadecimal, two digits a byte. */
export function toHex(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += PAIRS[byte];
  return text;
}

function digit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  if (code >= 0x61 && code <= 0x66) return code - 0x57;
  return -1;
}

/** The bytes of lower-case hexadecimal; upper case, odd length or another character is `hex-malformed`. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) {
    throw new CryptoError(
      "hex-malformed",
      `hexadecimal of odd length ${text.length}; write two digits a byte`,
    );
  }
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = digit(text.charCodeAt(2 * i));
    const low = digit(text.charCodeAt(2 * i + 1));
    if (high < 0 || low < 0) {
      throw new CryptoError(
        "hex-malformed",
        `not a pair of lower-case hexadecimal digits at ${2 * i}; use 0-9 and a-f`,
      );
    }
    bytes[i] = high * 16 + low;
  }
  return bytes;
}
