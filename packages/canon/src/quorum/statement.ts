import { type SigningKey, toBase64url } from "@sigil/crypto/bytes";
import { WITNESS_DOMAIN } from "../domains.ts";
import { base64urlOf, name } from "../identifier.ts";
import type { ReadPlatform } from "../platform.ts";
import { signatureShape } from "../record/check.ts";
import type { Signature } from "../record/frame.ts";
import { nullOr, object, oneOf } from "../shape.ts";
import { type KeySource, keyOf, makeSignature, requireSignature } from "../signature.ts";

/** What the key of a witness signs: that its holder has it, and for what. */
export interface WitnessStatement {
  readonly v: 1;
  readonly runtimeId: string;
  /** Names the witness for ever. */
  readonly id: string;
  /** Whose vote it is. */
  readonly principal: string;
  readonly kid: string;
  /** base64url of 32 bytes. */
  readonly publicKey: string;
  /** The key that this one takes the place of; null for a witness's first. */
  readonly replaces: string | null;
}

/** A statement with the signature of the key that it brings: proof of possession. */
export interface WitnessProof {
  readonly statement: WitnessStatement;
  readonly sig: Signature;
}

/** Proofs of possession and hand-overs as bytes. */
export interface WitnessStatements {
  /** The statement about `key`, signed by it: Ed25519 over `SIGIL-WITNESS-V1\n` ‖ JCS of the statement. */
  proveWitness(
    statement: Pick<WitnessStatement, "runtimeId" | "id" | "principal" | "replaces">,
    key: SigningKey,
  ): WitnessProof;
  /** The old key's signature over the same bytes: it hands over to the key that the statement brings. */
  handOver(statement: WitnessStatement, old: SigningKey): Signature;
  /**
   * The statement, if every field is known and right, `kid` is the thumbprint of `publicKey` and that key signed.
   * `field-…`, `key-unknown` (also for a key that no enrolment takes) or `signature-invalid` otherwise.
   */
  verifyWitnessProof(value: unknown): WitnessStatement;
  /** Refuses a hand-over that `old` did not sign: `key-unknown` or `signature-invalid`. */
  requireHandOver(statement: WitnessStatement, sig: Signature, old: KeySource): void;
}

const LIMITS = { maxBytes: 1024, maxDepth: 2 };

export const witnessProofShape = /* @__PURE__ */ object({
  statement: object({
    v: oneOf(1),
    runtimeId: name,
    id: name,
    principal: name,
    kid: base64urlOf(32),
    publicKey: base64urlOf(32),
    replaces: nullOr(base64urlOf(32)),
  }),
  sig: signatureShape,
});

export function bindWitnessStatements({ verifyKey, withCanonical }: ReadPlatform): WitnessStatements {
  const withMessage = <T>(statement: WitnessStatement, use: (message: Uint8Array) => T) =>
    withCanonical(`${WITNESS_DOMAIN}\n`, statement, LIMITS, use);
  return {
    proveWitness({ runtimeId, id, principal, replaces }, key) {
      const publicKey = toBase64url(key.publicKey.raw);
      const statement: WitnessStatement = {
        v: 1,
        runtimeId,
        id,
        principal,
        kid: key.kid,
        publicKey,
        replaces,
      };
      const proof = { statement, sig: withMessage(statement, (message) => makeSignature(message, key)) };
      witnessProofShape(proof, [], 0);
      return proof;
    },
    handOver: (statement, old) => withMessage(statement, (message) => makeSignature(message, old)),
    verifyWitnessProof(value) {
      witnessProofShape(value, [], 0);
      const { statement, sig } = value as WitnessProof;
      const key = keyOf(statement, verifyKey, "$.statement.publicKey");
      withMessage(statement, (message) => requireSignature(message, sig, key, "$.sig"));
      return statement;
    },
    requireHandOver: (statement, sig, old) =>
      withMessage(statement, (message) => requireSignature(message, sig, old, "$.old")),
  };
}
