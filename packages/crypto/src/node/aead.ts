import { createSecretKey, type KeyObject } from "node:crypto";
import { utf8 } from "../encoding/text.ts";
import { CryptoError } from "../error.ts";
import { requireKeyLength } from "../length.ts";
import type { Secret } from "../secret.ts";
import { gcmOpen, gcmSeal, NONCE_BYTES } from "./gcm.ts";
import { randomBytes } from "./random.ts";

/** What a sealed blob is bound to: a domain line, then the facts that must not change. Never empty. */
export type AeadContext = readonly (string | Uint8Array)[];

// Node encrypts almost three times faster with a key object.
const objects = new WeakMap<AeadKey, KeyObject>();

/** A 256-bit AES-GCM key. A random nonce per message keeps one key good for 2^32 messages (SP 800-38D section 8.3). */
export class AeadKey {
  private constructor(object: KeyObject) {
    objects.set(this, object);
  }

  /** The key of another thread of this process, see {@link aeadKeyObject}. Throws `key-length` for an object that is none. */
  static ofObject(object: KeyObject): AeadKey {
    if (object.type !== "secret" || object.symmetricKeySize !== 32)
      throw new CryptoError("key-length", "the object is not an AES-256-GCM key of 32 bytes");
    return new AeadKey(object);
  }

  /** The key of exactly 32 bytes; `key-length` otherwise. */
  static from(secret: Secret): AeadKey {
    const bytes = secret.reveal();
    requireKeyLength(bytes, 32, "AES-256-GCM key");
    const key = new AeadKey(createSecretKey(bytes));
    bytes.fill(0);
    return key;
  }
}

function objectOf(key: AeadKey): KeyObject {
  return objects.get(key) as KeyObject;
}

/** Node's own object of a key, which `postMessage` gives to another thread of this process without writing its bytes anywhere. */
export function aeadKeyObject(key: AeadKey): KeyObject {
  return objectOf(key);
}

/** The associated data of a context: for each element its byte length as u32 big-endian, then its bytes. */
function contextBytes(context: AeadContext): Uint8Array {
  const domain = context[0];
  if (domain === undefined || domain.length === 0) {
    throw new CryptoError(
      "aead-context",
      "context is empty; begin it with a domain line such as SIGIL-ROW-V1",
    );
  }
  let size = 0;
  for (const element of context) size += 4 + element.length;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of context) {
    const { length } = part;
    whole[at] = length >>> 24;
    whole[at + 1] = length >>> 16;
    whole[at + 2] = length >>> 8;
    whole[at + 3] = length;
    at += 4;
    if (typeof part === "string") {
      // Most of what is bound here has a byte for each character, and an encoder's call costs more.
      for (let i = 0; i < length; i += 1) {
        const unit = part.charCodeAt(i);
        if (unit > 0x7f)
          return contextBytes(context.map((each) => (typeof each === "string" ? utf8(each) : each)));
        whole[at + i] = unit;
      }
    } else whole.set(part, at);
    at += length;
  }
  return whole;
}

/**
 * AES-256-GCM under a fresh random nonce: nonce (12) ‖ ciphertext ‖ tag (16). The blob opens only under the same key and
 * the same context, element by element. Throws `aead-context` when the context is empty.
 */
export function aeadSeal(key: AeadKey, plaintext: Uint8Array, context: AeadContext): Uint8Array {
  return gcmSeal(objectOf(key), randomBytes(NONCE_BYTES), plaintext, contextBytes(context));
}

/**
 * {@link aeadSeal} under a key that is drawn for this one message. `key` is its 32 bytes, of which there is no other copy:
 * wrap them, and wipe them.
 */
export function aeadSealOnce(
  plaintext: Uint8Array,
  context: AeadContext,
): { readonly sealed: Uint8Array; readonly key: Uint8Array } {
  const key = randomBytes(32);
  const sealed = gcmSeal(createSecretKey(key), randomBytes(NONCE_BYTES), plaintext, contextBytes(context));
  return { sealed, key };
}

/**
 * The plaintext of a blob from {@link aeadSeal}. Throws `decrypt-failed` when key, context or any bit differs, without
 * saying which.
 */
export function aeadOpen(key: AeadKey, sealed: Uint8Array, context: AeadContext): Uint8Array {
  return gcmOpen(objectOf(key), sealed, contextBytes(context));
}
