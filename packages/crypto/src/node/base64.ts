import * as strict from "../encoding/base64.ts";
import { plain } from "./plain.ts";

// Node's own codec takes a tenth of the time, and is lenient: what it reads is written again and compared, and whatever differs
// is left to the strict reader, which names the fault.

type Encoding = "base64" | "base64url";

/** A Buffer over the same bytes. */
const over = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength);

function read(text: string, encoding: Encoding, length: number): Uint8Array | undefined {
  // Not out of Node's pool, which would share its memory with whoever is given the bytes.
  const bytes = Buffer.allocUnsafeSlow(length);
  const exact = bytes.write(text, encoding) === length && bytes.toString(encoding) === text;
  return exact ? plain(bytes) : undefined;
}

/** Base64url without padding, RFC 4648 section 5. */
export function toBase64url(bytes: Uint8Array): string {
  return over(bytes).toString("base64url");
}

/** The bytes of unpadded base64url; padding, white space or non-zero trailing bits are `base64url-malformed`. */
export function fromBase64url(text: string): Uint8Array {
  return read(text, "base64url", Math.floor((text.length * 3) / 4)) ?? strict.fromBase64url(text);
}

/** Padded base64, RFC 4648 section 4: the form of C2SP notes and checkpoints. */
export function toBase64(bytes: Uint8Array): string {
  return over(bytes).toString("base64");
}

/** The bytes of padded base64; missing padding, white space or non-zero trailing bits are `base64-malformed`. */
export function fromBase64(text: string): Uint8Array {
  const padding = text.endsWith("==") ? 2 : text.endsWith("=") ? 1 : 0;
  return (
    read(text, "base64", Math.max(0, Math.floor((text.length * 3) / 4) - padding)) ?? strict.fromBase64(text)
  );
}
