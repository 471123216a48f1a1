import { AeadKey, equalBytes, hkdfSha256, hmacSha256, Secret, type SigningKey, utf8 } from "@sigil/crypto";

/** The columns that are looked up by equality without being readable. */
export type BlindColumn = "stream" | "principal" | "tag";

const BLIND_BYTES = 16;
/** Blind indexes that are remembered: the streams and principals of a busy store recur. */
const REMEMBERED = 4096;

/**
 * What the root key gives, by HKDF-SHA-256 with the log's origin as salt and a domain line as info. Blind indexes,
 * cursors and idempotency hang on the root, so that rotating a KEK changes none of them.
 */
export class RootKeys {
  readonly origin: string;
  /** Tells the right root key from a wrong one; 32 bytes, kept in clear in the store. */
  readonly keyCheck: Uint8Array;
  /** Wraps KEKs. */
  readonly wrapping: AeadKey;
  readonly #blind: Readonly<Record<BlindColumn, Uint8Array>>;
  readonly #cursor: Uint8Array;
  readonly #idempotency: Uint8Array;
  readonly #resume: Uint8Array;
  readonly #segment: Uint8Array;
  readonly #known = new Map<string, Uint8Array>();

  constructor(root: Secret, origin: string) {
    const ikm = root.reveal();
    const salt = utf8(origin);
    const derive = (info: string) => hkdfSha256(ikm, salt, utf8(info), 32);
    this.origin = origin;
    this.keyCheck = derive("SIGIL-KEY-CHECK-V1");
    this.wrapping = AeadKey.from(Secret.from(derive("SIGIL-KEK-WRAP-V1")));
    this.#blind = {
      stream: derive("SIGIL-BLIND-V1/stream"),
      principal: derive("SIGIL-BLIND-V1/principal"),
      tag: derive("SIGIL-BLIND-V1/tag"),
    };
    this.#cursor = derive("SIGIL-CURSOR-V1");
    this.#idempotency = derive("SIGIL-IDEMPOTENCY-V1");
    this.#resume = derive("SIGIL-VERIFY-RESUME-V1");
    this.#segment = derive("SIGIL-SEGMENT-V1");
    ikm.fill(0);
  }

  /** Whether the store that holds `keyCheck` was made under this root key. */
  opens(keyCheck: Uint8Array): boolean {
    return equalBytes(this.keyCheck, keyCheck);
  }

  /** HMAC-SHA-256 of the UTF-8 value under the column's key, the first 16 bytes. */
  blind(column: BlindColumn, value: string): Uint8Array {
    const name = `${column}/${value}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const index = hmacSha256(this.#blind[column], utf8(value)).subarray(0, BLIND_BYTES);
    if (this.#known.size >= REMEMBERED) this.#known.clear();
    this.#known.set(name, index);
    return index;
  }

  /** The 16-byte tag that makes a cursor ours. */
  cursorTag(bytes: Uint8Array): Uint8Array {
    return hmacSha256(this.#cursor, bytes).subarray(0, BLIND_BYTES);
  }

  /** HMAC-SHA-256 for idempotency keys and fingerprints, 32 bytes. */
  idempotencyMac(bytes: Uint8Array): Uint8Array {
    return hmacSha256(this.#idempotency, bytes);
  }

  /** HMAC-SHA-256 of what an interrupted verification leaves, 32 bytes. */
  resumeMac(bytes: Uint8Array): Uint8Array {
    return hmacSha256(this.#resume, bytes);
  }

  /** HMAC-SHA-256 of the digest of a backup segment, 32 bytes. */
  segmentMac(digest: Uint8Array): Uint8Array {
    return hmacSha256(this.#segment, digest);
  }
}

/** The private keys of a store. */
export interface StoreKeys {
  readonly root: Secret;
  readonly record: SigningKey;
  readonly log: SigningKey;
  /** What a rotation that was interrupted left: the key that it brings, or the one that it replaced. */
  readonly spare?: { readonly record?: SigningKey; readonly log?: SigningKey };
}
