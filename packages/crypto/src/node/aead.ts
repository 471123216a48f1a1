import { createSecretKey, type KeyObject } from "node:crypto";
import { utf8 } from "../encoding/text.ts";
import { CryptoError } from "../error.ts";
import { requireKeyLength } from "../length.ts";
import type { Secret } from "../secret.ts";
import { gcmOpen, gcmSeal, NONCE_BYTES } from "./gcm.ts";
import { randomBytes } from "./random.ts";

/** What a sealed blob is bound to: a domain line, then the facts that must not change. Never empty. */
export type AeadContext = readonly (string | Uint8Array)[];

// Node encrypts almost three times faster with a key object. It stays in this file.
const objects = new WeakMap<AeadKey, KeyObject>();

/** A 256-bit AES-GCM key. A random nonce per message keeps one key good for 2^32 messages (SP 800-38D section 8.3). */
export class AeadKey {
  private constructor(object: KeyObject) {
    objects.set(this, object);
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
  const parts = context.map((element) => {
    const bytes = typeof element === "string" ? ascii(element) : element;
    size += 4 + bytes.length;
    return bytes;
  });
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    const { length } = part;
    whole[at] = length >>> 24;
    whole[at + 1] = length >>> 16;
    whole[at + 2] = length >>> 8;
    whole[at + 3] = length;
    at += 4;
    if (typeof part !== "string") whole.set(part, at);
    else for (let i = 0; i < length; i += 1) whole[at + i] = part.charCodeAt(i);
    at += length;
  }
  return whole;
}

/** The text itself when a character is a byte, which most of what is bound here is; an encoder's call costs more. */
function ascii(text: string): string | Uint8Array {
  for (let i = 0; i < text.length; i += 1) if (text.charCodeAt(i) > 0x7f) return utf8(text);
  return text;
}

/**
 * AES-256-GCM under a fresh random nonce: nonce (12) ‖ ciphertext ‖ tag (16). The blob opens only under the same key and
 * the same context, element by element. Throws `aead-context` when the context is empty.
 */
export function aeadSeal(key: AeadKey, plaintext: Uint8Array, context: AeadContext): Uint8Array {
  return gcmSeal(objectOf(key), randomBytes(NONCE_BYTES), plaintext, contextBytes(context));
}

/**
 * The plaintext of a blob from {@link aeadSeal}. Throws `decrypt-failed` when key, context or any bit differs, without
 * saying which.
 */
export function aeadOpen(key: AeadKey, sealed: Uint8Array, context: AeadContext): Uint8Array {
  return gcmOpen(objectOf(key), sealed, contextBytes(context));
}
