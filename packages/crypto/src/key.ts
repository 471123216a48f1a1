import { toBase64url } from "./encoding/base64.ts";
import type { Secret } from "./secret.ts";

/**
 * An Ed25519 public key that passed enrolment: 32 bytes, canonical, on the curve, not of small order.
 */
export interface VerifyKey {
  /** RFC 7638 thumbprint of the key as a JWK, 43 characters of base64url. */
  readonly kid: string;
  /** The 32 bytes of RFC 8032 section 5.1.5. A copy: changing it does not change the key. */
  readonly raw: Uint8Array;
  /**
   * Returns when `signature` (64 bytes, R ‖ S) is the one valid spelling of a signature over `message`: S < L, R and A
   * canonical and neither of small order, the cofactorless equation of RFC 8032 section 5.1.7 exact. Throws `signature-length` or
   * `signature-invalid` otherwise.
   */
  verify(message: Uint8Array, signature: Uint8Array): void;
}

/** An Ed25519 private key that signs and never shows its seed. */
export interface SigningKey {
  readonly kid: string;
  readonly publicKey: VerifyKey;
  /** The deterministic 64-byte signature of RFC 8032 section 5.1.6. */
  sign(message: Uint8Array): Uint8Array;
}

/** An X25519 public key with its thumbprint. */
export interface ChannelPublic {
  readonly kid: string;
  readonly raw: Uint8Array;
}

/** An X25519 private key, RFC 7748. */
export interface ChannelKey {
  readonly kid: string;
  readonly publicRaw: Uint8Array;
  /**
   * The 32-byte shared secret with a peer. Throws `key-length`, or `agreement-zero` when the peer's key is of small
   * order, so that no peer can force a known secret (RFC 7748 section 6.1). Derive keys from it with HKDF.
   */
  agree(peerPublicRaw: Uint8Array): Secret;
}

/** An OKP public key of RFC 8037. */
export interface JwkPublic {
  readonly kty: "OKP";
  readonly crv: "Ed25519" | "X25519";
  readonly x: string;
}

/** The JWK form of a raw Ed25519 public key. */
export function jwkPublic(raw: Uint8Array): { kty: "OKP"; crv: "Ed25519"; x: string } {
  return { kty: "OKP", crv: "Ed25519", x: toBase64url(raw) };
}

/** The UTF-8 text that RFC 7638 section 3 hashes for an OKP key: required members, sorted, no white space. */
export function thumbprintText(crv: JwkPublic["crv"], raw: Uint8Array): string {
  return `{"crv":"${crv}","kty":"OKP","x":"${toBase64url(raw)}"}`;
}
