import { CryptoError } from "./error.ts";

/** Throws `key-length` unless `bytes` has exactly `length` bytes. */
export function requireKeyLength(bytes: Uint8Array, length: number, what: string): void {
  if (bytes.length !== length) {
    throw new CryptoError("key-length", `${what} has ${bytes.length} bytes; it needs exactly ${length}`);
  }
}
