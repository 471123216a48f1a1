import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from "node:crypto";
import { toBase64url } from "../encoding/base64.ts";
import { utf8 } from "../encoding/text.ts";
import { CryptoError } from "../error.ts";
import { pkcs8Of, rawOfSpki, spkiOf } from "../format/der.ts";
import { type ChannelKey, type ChannelPublic, thumbprintText } from "../key.ts";
import { requireKeyLength } from "../length.ts";
import { Secret } from "../secret.ts";
import { sha256 } from "./hash.ts";

class NodeChannelKey implements ChannelKey {
  readonly kid: string;
  readonly publicRaw: Uint8Array;
  readonly #object: KeyObject;

  constructor(seed: Uint8Array) {
    const key = Buffer.from(pkcs8Of("X25519", seed).buffer);
    this.#object = createPrivateKey({ key, format: "der", type: "pkcs8" });
    key.fill(0);
    const spki = createPublicKey(this.#object).export({ format: "der", type: "spki" });
    const { kid, raw } = channelPublic(rawOfSpki("X25519", spki));
    this.kid = kid;
    this.publicRaw = raw;
  }

  agree(peerPublicRaw: Uint8Array): Secret {
    requireKeyLength(peerPublicRaw, 32, "X25519 public key");
    const key = Buffer.from(spkiOf("X25519", peerPublicRaw));
    let shared: Buffer;
    try {
      const publicKey = createPublicKey({ key, format: "der", type: "spki" });
      shared = diffieHellman({ privateKey: this.#object, publicKey });
    } catch (cause) {
      // OpenSSL refuses the all-zero result itself, the only way this derivation fails.
      throw new CryptoError("agreement-zero", "X25519 public key of the peer has small order", { cause });
    }
    const secret = Secret.from(shared);
    shared.fill(0);
    return secret;
  }
}

/** The X25519 key of a 32-byte seed, RFC 7748; `key-length` otherwise. */
export function channelKey(seed: Secret): ChannelKey {
  const bytes = seed.reveal();
  requireKeyLength(bytes, 32, "X25519 seed");
  const key = new NodeChannelKey(bytes);
  bytes.fill(0);
  return key;
}

/** A raw X25519 public key with its RFC 7638 thumbprint (`crv` X25519); `key-length` unless it has 32 bytes. */
export function channelPublic(raw: Uint8Array): ChannelPublic {
  requireKeyLength(raw, 32, "X25519 public key");
  return { kid: toBase64url(sha256(utf8(thumbprintText("X25519", raw)))), raw: Uint8Array.from(raw) };
}
