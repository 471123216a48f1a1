import type { SigningKey } from "@sigil/crypto/bytes";
import { ATTESTATION_DOMAIN } from "../domains.ts";
import { CanonError } from "../error.ts";
import { base64urlOf, digest, name, timestamp } from "../identifier.ts";
import type { ReadPlatform } from "../platform.ts";
import { signatureShape } from "../record/check.ts";
import type { Signature } from "../record/frame.ts";
import { object, oneOf } from "../shape.ts";
import { type KeySource, makeSignature, requireSignature } from "../signature.ts";

/** What a witness signs: for or against exactly one proposal. */
export interface Attestation {
  /** `sha256:<hex>` of the whole proposal. */
  readonly proposalDigest: string;
  readonly verdict: "approve" | "reject";
  /** Id of the witness. */
  readonly witness: string;
  /** Thumbprint of the key that signs. */
  readonly keyId: string;
  /** When, by the signer's clock. Nothing is decided by it. */
  readonly iat: string;
}

/** An attestation and its signature, portable: who has the witness's key can check it anywhere. */
export interface SignedAttestation {
  readonly attestation: Attestation;
  readonly sig: Signature;
}

/** Votes as bytes. */
export interface Attestations {
  /** Ed25519 over `SIGIL-ATTESTATION-V1\n` ‖ JCS of the attestation; `keyId` is the signing key's. */
  signAttestation(attestation: Omit<Attestation, "keyId">, key: SigningKey): SignedAttestation;
  /**
   * The attestation, if every field is known and right, `keyId` and the signature's `kid` name the same key, and that key
   * signed. `field-…`, `key-unknown` or `signature-invalid` otherwise. Whether it counts is another question.
   */
  verifyAttestation(value: unknown, keys: KeySource): Attestation;
}

/** Bytes of the largest attestation, with room: every field of it is bounded. */
const LIMITS = { maxBytes: 1024, maxDepth: 2 };

const shape = /* @__PURE__ */ object({
  attestation: object({
    proposalDigest: digest,
    verdict: oneOf("approve", "reject"),
    witness: name,
    keyId: base64urlOf(32),
    iat: timestamp,
  }),
  sig: signatureShape,
});

export function bindAttestations({ withCanonical }: ReadPlatform): Attestations {
  const withMessage = <T>(attestation: Attestation, use: (message: Uint8Array) => T) =>
    withCanonical(`${ATTESTATION_DOMAIN}\n`, attestation, LIMITS, use);
  return {
    signAttestation({ proposalDigest, verdict, witness, iat }, key) {
      const attestation: Attestation = { proposalDigest, verdict, witness, keyId: key.kid, iat };
      const signed = {
        attestation,
        sig: withMessage(attestation, (message) => makeSignature(message, key)),
      };
      shape(signed, [], 0);
      return signed;
    },
    verifyAttestation(value, keys) {
      shape(value, [], 0);
      const { attestation, sig } = value as SignedAttestation;
      if (sig.kid !== attestation.keyId) {
        const message = `the attestation names key ${attestation.keyId}, its signature ${sig.kid}`;
        throw new CanonError("key-unknown", message, "$.sig.kid");
      }
      withMessage(attestation, (message) => requireSignature(message, sig, keys, "$.sig"));
      return attestation;
    },
  };
}
