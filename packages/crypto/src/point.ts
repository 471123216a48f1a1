import { ed25519 } from "@noble/curves/ed25519.js";
import { CryptoError } from "./error.ts";
import { requireKeyLength } from "./length.ts";

/**
 * Enrolment: refuses a raw Ed25519 public key that is not 32 bytes (`key-length`), not the canonical encoding of a point
 * on the curve (`key-encoding`), or of small order (`key-small-order`: under such a key one signature fits many
 * messages). RFC 8032 section 5.1.3.
 */
export function requireEnrollablePoint(raw: Uint8Array): void {
  requireKeyLength(raw, 32, "Ed25519 public key");
  let point: InstanceType<typeof ed25519.Point>;
  try {
    // zip215 = false: y >= p and the second spelling of x = 0 are refused.
    point = ed25519.Point.fromBytes(raw, false);
  } catch (cause) {
    throw new CryptoError(
      "key-encoding",
      "Ed25519 public key is not the canonical encoding of a point on the curve",
      {
        cause,
      },
    );
  }
  if (point.isSmallOrder()) {
    throw new CryptoError("key-small-order", "Ed25519 public key has small order; generate a fresh key");
  }
}
