import nacl from "#nacl";
import { toBase64url } from "../encoding/base64.ts";
import { utf8 } from "../encoding/text.ts";
import { CryptoError } from "../error.ts";
import { type ChannelKey, type ChannelPublic, thumbprintText } from "../key.ts";
import { requireKeyLength } from "../length.ts";
import { Secret } from "../secret.ts";
import { sha256 } from "./hash.ts";

class PortableChannelKey implements ChannelKey {
  readonly kid: string;
  readonly publicRaw: Uint8Array;
  readonly #seed: Uint8Array;

  constructor(seed: Uint8Array) {
    this.#seed = seed;
    const { kid, raw } = channelPublic(nacl.scalarMult.base(seed));
    this.kid = kid;
    this.publicRaw = raw;
  }

  agree(peerPublicRaw: Uint8Array): Secret {
    requireKeyLength(peerPublicRaw, 32, "X25519 public key");
    const shared = nacl.scalarMult(this.#seed, peerPublicRaw);
    let bits = 0;
    for (const byte of shared) bits |= byte;
    if (bits === 0) throw new CryptoError("agreement-zero", "X25519 public key of the peer has small order");
    return Secret.from(shared);
  }
}

/** The X25519 key of a 32-byte seed, RFC 7748; `key-length` otherwise. */
export function channelKey(seed: Secret): ChannelKey {
  const bytes = seed.reveal();
  requireKeyLength(bytes, 32, "X25519 seed");
  return new PortableChannelKey(bytes);
}

/** A raw X25519 public key with its RFC 7638 thumbprint (`crv` X25519); `key-length` unless it has 32 bytes. */
export function channelPublic(raw: Uint8Array): ChannelPublic {
  requireKeyLength(raw, 32, "X25519 public key");
  return { kid: toBase64url(sha256(utf8(thumbprintText("X25519", raw)))), raw: Uint8Array.from(raw) };
}
