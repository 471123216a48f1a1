import { fromBase64, toBase64 } from "../encoding/base64.ts";
import { CryptoError } from "../error.ts";

const LINE = 64;

/** The textual form of DER, RFC 7468 section 3: lines of 64 characters, each with a line feed. */
export function pemOf(label: string, der: Uint8Array): string {
  const lines = toBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join("\n")}\n-----END ${label}-----\n`;
}

/**
 * The DER of a single PEM block with this label and nothing around it: the strict form of RFC 7468 section 3, with CRLF or LF
 * and a last line end that may be missing. `key-format` otherwise.
 */
export function derOfPem(label: string, text: string): Uint8Array {
  const lines = text.replace(/\r?\n$/, "").split(/\r?\n/);
  const [begin, ...rest] = lines;
  const end = rest.pop();
  const full = rest.slice(0, -1).every((line) => line.length === LINE);
  const isLast = (rest.at(-1)?.length ?? 0) > 0 && (rest.at(-1)?.length ?? 0) <= LINE;
  // The text may be a secret in another format: no message quotes it.
  if (begin !== `-----BEGIN ${label}-----` || end !== `-----END ${label}-----` || !full || !isLast) {
    throw new CryptoError("key-format", `not one PEM block "${label}" in lines of ${LINE} characters`);
  }
  try {
    return fromBase64(rest.join(""));
  } catch (cause) {
    if (!(cause instanceof CryptoError)) throw cause;
    throw new CryptoError("key-format", `PEM block "${label}" does not hold base64`);
  }
}
