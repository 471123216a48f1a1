import type { VerifyKey } from "@sigil/crypto/bytes";
import type { Limits } from "./json/limits.ts";

/** What reading needs of the platform. */
export interface ReadPlatform {
  sha256(bytes: Uint8Array): Uint8Array;
  verifyKey(raw: Uint8Array): VerifyKey;
  canonicalize(value: unknown, limits?: Limits): string;
}

/**
 * What the two entries of this package do differently. Everything else is written once, over this: `.` binds it to
 * node:crypto and the single-pass serialiser, `./portable` to JavaScript that runs anywhere.
 */
export interface Platform extends ReadPlatform {
  randomBytes(length: number): Uint8Array;
  /** What `use` makes of the UTF-8 bytes of `text`, which it may not keep. */
  withUtf8<T>(text: string, use: (bytes: Uint8Array) => T): T;
}
