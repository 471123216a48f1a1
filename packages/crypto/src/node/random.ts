import { randomBytes as nodeRandomBytes } from "node:crypto";
import { Secret } from "../secret.ts";
import { plain } from "./plain.ts";

/** `length` bytes of the operating system's cryptographic randomness. */
export function randomBytes(length: number): Uint8Array {
  return plain(nodeRandomBytes(length));
}

/** A fresh 32-byte seed for {@link signingKey}, {@link channelKey} or {@link AeadKey}. */
export function generateSeed(): Secret {
  return Secret.from(randomBytes(32));
}
