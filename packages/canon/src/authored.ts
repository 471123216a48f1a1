import type { SigningKey } from "@sigil/crypto/bytes";
import type { Domain } from "./domains.ts";
import type { JsonObject } from "./json/value.ts";
import type { ReadPlatform } from "./platform.ts";
import { signatureShape } from "./record/check.ts";
import type { Signature } from "./record/frame.ts";
import { anyObject, object } from "./shape.ts";
import { type KeySource, makeSignature, requireSignature } from "./signature.ts";

/** A payload with its author's own signature. */
export interface Authored<B> {
  readonly body: B;
  readonly sig: Signature;
}

/** Signatures of services over what they decided. */
export interface Authorship {
  /** `body` with an Ed25519 signature over the domain line, a line feed and JCS of the body. At most 1 MiB. */
  signAuthored<B extends object>(domain: Domain, body: B, key: SigningKey): Authored<B>;
  /** The body, if shape and signature are right; `field-…`, `key-unknown` or `signature-invalid` otherwise. */
  verifyAuthored(domain: Domain, authored: unknown, keys: KeySource): JsonObject;
}

const LIMITS = { maxBytes: 1024 * 1024 };
const shape = object({ body: anyObject, sig: signatureShape });

/** The half of {@link Authorship} that holds no key. */
export function bindAuthorReading({ withCanonical }: ReadPlatform): Pick<Authorship, "verifyAuthored"> {
  return {
    verifyAuthored(domain, authored, keys) {
      shape(authored, [], 0);
      const { body, sig } = authored as Authored<JsonObject>;
      withCanonical(`${domain}\n`, body, LIMITS, (message) => requireSignature(message, sig, keys, "$.sig"));
      return body;
    },
  };
}

export function bindAuthorship(platform: ReadPlatform): Authorship {
  return {
    signAuthored: (domain, body, key) =>
      platform.withCanonical(`${domain}\n`, body, LIMITS, (message) => ({
        body,
        sig: makeSignature(message, key),
      })),
    ...bindAuthorReading(platform),
  };
}
