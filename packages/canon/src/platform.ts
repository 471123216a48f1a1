import type { VerifyKey } from "@sigil/crypto/bytes";
import type { Limits } from "./json/limits.ts";

/** What reading needs of the platform. */
export interface ReadPlatform {
  sha256(bytes: Uint8Array): Uint8Array;
  /** SHA-256 of the UTF-8 bytes of `text`. */
  sha256Text(text: string): Uint8Array;
  verifyKey(raw: Uint8Array): VerifyKey;
  /** What `use` makes of the RFC 8785 bytes of `value` behind an ASCII `prefix`, which it may not keep. */
  withCanonical<T>(
    prefix: string,
    value: unknown,
    limits: Limits | undefined,
    use: (bytes: Uint8Array) => T,
  ): T;
}

/**
 * What the two entries of this package do differently. Everything else is written once, over this: `.` binds it to
 * node:crypto and the single-pass serialiser, `./portable` to JavaScript that runs anywhere.
 */
export interface Platform extends ReadPlatform {
  randomBytes(length: number): Uint8Array;
  /** The RFC 8785 text of `value`. */
  canonicalize(value: unknown, limits?: Limits): string;
}
