import { randomFillSync } from "node:crypto";
import { Secret } from "../secret.ts";

// A draw of 32 bytes costs as much as one of 2 KiB, so small ones come out of a pool. What is handed out is wiped from
// it: no key outlives its owner here.
const POOL_BYTES = 4096;
const POOLED = 64;
const pool = new Uint8Array(POOL_BYTES);
let next = POOL_BYTES;

/** `length` bytes of the operating system's cryptographic randomness. */
export function randomBytes(length: number): Uint8Array {
  if (length > POOLED || !Number.isInteger(length) || length < 0)
    return randomFillSync(new Uint8Array(length));
  if (next + length > POOL_BYTES) {
    randomFillSync(pool);
    next = 0;
  }
  const bytes = pool.slice(next, next + length);
  pool.fill(0, next, next + length);
  next += length;
  return bytes;
}

/** A fresh 32-byte seed for {@link signingKey}, {@link channelKey} or {@link AeadKey}. */
export function generateSeed(): Secret {
  return Secret.from(randomBytes(32));
}
