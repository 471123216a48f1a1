import { CryptoError } from "../error.ts";
import { Secret } from "../secret.ts";

// getRandomValues refuses more at once.
const CHUNK = 65_536;

/** `length` bytes from the platform's `crypto.getRandomValues`; `random-unavailable` where there is none. */
export function randomBytes(length: number): Uint8Array {
  const source = (globalThis as { crypto?: { getRandomValues?(bytes: Uint8Array): Uint8Array } }).crypto;
  if (source?.getRandomValues === undefined) {
    throw new CryptoError(
      "random-unavailable",
      "this platform has no crypto.getRandomValues; draw the bytes elsewhere",
    );
  }
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at += CHUNK) source.getRandomValues(bytes.subarray(at, at + CHUNK));
  return bytes;
}

/** A fresh 32-byte seed for {@link signingKey} or {@link channelKey}. */
export function generateSeed(): Secret {
  return Secret.from(randomBytes(32));
}
