import nacl from "#nacl";
import { toBase64url } from "../encoding/base64.ts";
import { utf8 } from "../encoding/text.ts";
import { type SigningKey, thumbprintText, type VerifyKey } from "../key.ts";
import { requireKeyLength } from "../length.ts";
import { requireEnrollablePoint } from "../point.ts";
import type { Secret } from "../secret.ts";
import { requireSignatureShape, signatureInvalid } from "../signature.ts";
import { sha256 } from "./hash.ts";

class PortableVerifyKey implements VerifyKey {
  readonly kid: string;
  readonly #raw: Uint8Array;

  constructor(raw: Uint8Array) {
    this.#raw = Uint8Array.from(raw);
    this.kid = toBase64url(sha256(utf8(thumbprintText("Ed25519", raw))));
  }

  get raw(): Uint8Array {
    return Uint8Array.from(this.#raw);
  }

  verify(message: Uint8Array, signature: Uint8Array): void {
    // tweetnacl does not bound S. It re-encodes R and compares bytes, and A was checked at enrolment.
    requireSignatureShape(signature);
    if (!nacl.sign.detached.verify(message, signature, this.#raw)) throw signatureInvalid();
  }
}

class PortableSigningKey implements SigningKey {
  readonly publicKey: VerifyKey;
  readonly #secretKey: Uint8Array;

  constructor(seed: Uint8Array) {
    const pair = nacl.sign.keyPair.fromSeed(seed);
    this.#secretKey = pair.secretKey;
    this.publicKey = new PortableVerifyKey(pair.publicKey);
  }

  get kid(): string {
    return this.publicKey.kid;
  }

  sign(message: Uint8Array): Uint8Array {
    return nacl.sign.detached(message, this.#secretKey);
  }
}

/** The Ed25519 key of a 32-byte seed (RFC 8032 section 5.1.5); `key-length` otherwise. */
export function signingKey(seed: Secret): SigningKey {
  const bytes = seed.reveal();
  requireKeyLength(bytes, 32, "Ed25519 seed");
  return new PortableSigningKey(bytes);
}

/** Enrols a raw Ed25519 public key: `key-length`, `key-encoding` or `key-small-order` otherwise. */
export function verifyKey(raw: Uint8Array): VerifyKey {
  requireEnrollablePoint(raw);
  return new PortableVerifyKey(raw);
}
