import { toBase64url } from "../encoding/base64.ts";
import { utf8 } from "../encoding/text.ts";
import { CryptoError } from "../error.ts";
import { jwkPublic, type SigningKey } from "../key.ts";
import { Secret } from "../secret.ts";
import { pkcs8Of, seedOfPkcs8 } from "./der.ts";
import { bytesOf, okpFields } from "./jwk.ts";
import { derOfPem, pemOf } from "./pem.ts";

const LABEL = "PRIVATE KEY";

/** A secret over bytes that are wiped here. */
function wrapped(bytes: Uint8Array): Secret {
  const secret = Secret.from(bytes);
  bytes.fill(0);
  return secret;
}

/** The seed of an Ed25519 key in the forms that other software reads and writes. Whatever holds the seed is a {@link Secret}. */
export interface SeedFormats {
  /** PKCS #8 DER, RFC 8410 section 7: 48 bytes. `key-length` unless the seed has 32. */
  seedToPkcs8(seed: Secret): Secret;
  /** The seed in PKCS #8 DER of version 1; `key-format` otherwise. */
  seedFromPkcs8(der: Uint8Array): Secret;
  /** UTF-8 of a PEM block PRIVATE KEY, RFC 7468 section 10. */
  seedToPem(seed: Secret): Secret;
  /** The seed in a PEM block PRIVATE KEY; `key-format` otherwise. */
  seedFromPem(text: string): Secret;
  /** UTF-8 of the JSON of a private JWK, RFC 8037. */
  seedToJwk(seed: Secret): Secret;
  /** The seed of a private JWK; `key-format` otherwise, also when `x` is not the public key of `d`. */
  seedFromJwk(jwk: unknown): Secret;
}

export function bindSeedFormats(signingKey: (seed: Secret) => SigningKey): SeedFormats {
  const seedToPkcs8 = (seed: Secret) => wrapped(pkcs8Of("Ed25519", seed.reveal()));
  const seedFromPkcs8 = (der: Uint8Array) => wrapped(seedOfPkcs8("Ed25519", der));
  return {
    seedToPkcs8,
    seedFromPkcs8,
    seedToPem: (seed) => wrapped(utf8(pemOf(LABEL, seedToPkcs8(seed).reveal()))),
    seedFromPem: (text) => seedFromPkcs8(derOfPem(LABEL, text)),
    seedToJwk(seed) {
      const { raw } = signingKey(seed).publicKey;
      return wrapped(utf8(JSON.stringify({ ...jwkPublic(raw), d: toBase64url(seed.reveal()) })));
    },
    seedFromJwk(jwk) {
      const { d, x } = okpFields("Ed25519", jwk);
      const seed = wrapped(bytesOf("d", d));
      const { raw } = signingKey(seed).publicKey;
      if (raw.some((byte, n) => x[n] !== byte))
        throw new CryptoError("key-format", "JWK member x is not the public key of d");
      return seed;
    },
  };
}
