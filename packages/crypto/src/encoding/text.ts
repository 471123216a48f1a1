import { CryptoError } from "../error.ts";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

const encoder = typeof TextEncoder === "undefined" ? { encode: encodeUtf8 } : new TextEncoder();
// ignoreBOM keeps a leading U+FEFF in the result: a mark that vanished would make two byte strings equal.
const decoder =
  typeof TextDecoder === "undefined"
    ? { decode: decodeUtf8 }
    : new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Throws `utf8-malformed` for text with a lone surrogate, which has no UTF-8 form. */
export function requireWellFormed(text: string): void {
  if (!text.isWellFormed()) {
    throw new CryptoError(
      "utf8-malformed",
      "text contains a lone surrogate, which has no UTF-8 form; remove it",
    );
  }
}

/** The UTF-8 bytes of `text`. A lone surrogate has no UTF-8 form and is refused with `utf8-malformed`. */
export function utf8(text: string): Uint8Array {
  requireWellFormed(text);
  return encoder.encode(text);
}

/** The text of `bytes`; throws `utf8-malformed` unless they are valid UTF-8. A byte order mark is kept. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new CryptoError("utf8-malformed", `${bytes.length} bytes are not valid UTF-8`, { cause });
  }
}
