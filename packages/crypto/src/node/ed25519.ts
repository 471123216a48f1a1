import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";
import { toBase64url } from "../encoding/base64.ts";
import { toHex } from "../encoding/hex.ts";
import { utf8 } from "../encoding/text.ts";
import { CryptoError } from "../error.ts";
import { pkcs8Of, rawOfSpki, spkiOf } from "../format/der.ts";
import type { SigningKey, VerifyKey } from "../key.ts";
import { thumbprintText } from "../key.ts";
import { requireKeyLength } from "../length.ts";
import { requireEnrollablePoint } from "../point.ts";
import type { Secret } from "../secret.ts";
import { requireSignatureShape, signatureInvalid } from "../signature.ts";
import { sha256 } from "./hash.ts";
import { plain } from "./plain.ts";

// Building a KeyObject costs more than a signature, so each key builds its own once.
const keyObjects = new WeakMap<VerifyKey | SigningKey, KeyObject>();

class NodeVerifyKey implements VerifyKey {
  readonly kid: string;
  readonly #raw: Uint8Array;
  readonly #object: KeyObject;

  constructor(raw: Uint8Array) {
    this.#raw = Uint8Array.from(raw);
    this.kid = toBase64url(sha256(utf8(thumbprintText("Ed25519", raw))));
    this.#object = createPublicKey({ key: Buffer.from(spkiOf("Ed25519", raw)), format: "der", type: "spki" });
    keyObjects.set(this, this.#object);
  }

  get raw(): Uint8Array {
    return Uint8Array.from(this.#raw);
  }

  verify(message: Uint8Array, signature: Uint8Array): void {
    requireSignatureShape(signature);
    // OpenSSL re-encodes R and compares bytes, so a non-canonical R never matches; A was checked at enrolment.
    if (!verify(null, message, this.#object, signature)) throw signatureInvalid();
  }
}

class NodeSigningKey implements SigningKey {
  readonly publicKey: VerifyKey;
  readonly #object: KeyObject;

  constructor(seed: Uint8Array) {
    const key = Buffer.from(pkcs8Of("Ed25519", seed).buffer);
    this.#object = createPrivateKey({ key, format: "der", type: "pkcs8" });
    key.fill(0);
    const spki = createPublicKey(this.#object).export({ format: "der", type: "spki" });
    this.publicKey = new NodeVerifyKey(rawOfSpki("Ed25519", spki));
    keyObjects.set(this, this.#object);
  }

  get kid(): string {
    return this.publicKey.kid;
  }

  sign(message: Uint8Array): Uint8Array {
    return signWithObject(this.#object, message);
  }
}

/** The Ed25519 key of a 32-byte seed (RFC 8032 section 5.1.5); `key-length` otherwise. Keep it: building is slow. */
export function signingKey(seed: Secret): SigningKey {
  const bytes = seed.reveal();
  requireKeyLength(bytes, 32, "Ed25519 seed");
  const key = new NodeSigningKey(bytes);
  bytes.fill(0);
  return key;
}

// A verifier meets the same few keys again and again, and enrolling one costs as much as verifying with it. Bounded, so that
// whoever can make a verifier look at keys cannot make it remember them all; a key is immutable, so it may be shared.
const MOST_ENROLLED = 256;
const enrolled = new Map<string, VerifyKey>();

/** Enrols a raw Ed25519 public key: `key-length`, `key-encoding` or `key-small-order` otherwise. */
export function verifyKey(raw: Uint8Array): VerifyKey {
  requireKeyLength(raw, 32, "Ed25519 public key");
  const name = toHex(raw);
  const known = enrolled.get(name);
  if (known !== undefined) return known;
  requireEnrollablePoint(raw);
  const key = new NodeVerifyKey(raw);
  if (enrolled.size >= MOST_ENROLLED) enrolled.clear();
  enrolled.set(name, key);
  return key;
}

/** Signs as the key of a `nodeKeyObject` does; for another thread of this process, which is given that object. */
export function signWithObject(object: KeyObject, message: Uint8Array): Uint8Array {
  return plain(sign(null, message, object));
}

/** Whether {@link nodeKeyObject} gives the object of a key. */
export function hasNodeKeyObject(key: SigningKey | VerifyKey): boolean {
  return keyObjects.has(key);
}

/**
 * What `key.verify` checks, in Node's thread pool: whoever waits for many senders verifies on every core. Rejects with
 * `signature-invalid` where `verify` throws it. A key that is not of this entry verifies here.
 */
export async function verifyInPool(
  key: VerifyKey,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<void> {
  const object = keyObjects.get(key);
  if (object === undefined) return key.verify(message, signature);
  requireSignatureShape(signature);
  return new Promise((resolve, reject) => {
    verify(null, message, object, signature, (error, valid) => {
      if (error === null && valid) resolve();
      else reject(error ?? signatureInvalid());
    });
  });
}

/** Node's own object of a key made by this entry, for libraries that take one (jose). */
export function nodeKeyObject(key: SigningKey | VerifyKey): KeyObject {
  const object = keyObjects.get(key);
  if (object === undefined) {
    throw new CryptoError(
      "key-encoding",
      "key was not made by this entry; build it with signingKey or verifyKey",
    );
  }
  return object;
}
