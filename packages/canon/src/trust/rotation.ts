import { type SigningKey, toBase64url } from "@sigil/crypto/bytes";
import type { KeyHint, ProofBundle } from "../bundle/bundle-file.ts";
import type { VerifyBundle } from "../bundle/verify.ts";
import { DOMAINS } from "../domains.ts";
import { CanonError } from "../error.ts";
import { base64urlOf, timestamp } from "../identifier.ts";
import { requireOrigin } from "../note/checkpoint.ts";
import type { ReadPlatform } from "../platform.ts";
import { signatureShape } from "../record/check.ts";
import type { Signature } from "../record/frame.ts";
import { count, object, oneOf, parsed } from "../shape.ts";
import { keyOf, makeSignature, requireSignature } from "../signature.ts";
import type { PinnedKey, TrustFile } from "./trust-file.ts";

/** The roles of the store whose key may be replaced by another, by a record in the log. */
export const ROTATED_ROLES = ["record", "log"] as const;
/** A role whose key rotates. */
export type RotatedRole = (typeof ROTATED_ROLES)[number];

/** What old and new key both sign: from which leaf on the new one stands in the place of the old one. */
export interface KeyRotation {
  readonly role: RotatedRole;
  /** The log's first origin, whatever the epoch. */
  readonly origin: string;
  readonly old: KeyHint;
  readonly new: KeyHint;
  /** The leaf after the one that holds this: the old key's last leaf is the rotation itself. */
  readonly from: number;
  readonly ts: string;
}

/** The payload of a `key.rotated` record. */
export interface SignedRotation {
  readonly body: KeyRotation;
  /** Each over `SIGIL-KEY-ROTATION-V1\n` ‖ JCS of the body: the old key hands over, the new one proves that it is held. */
  readonly by: { readonly old: Signature; readonly new: Signature };
}

/** Rotation of the keys that a trust file pins. */
export interface Rotations {
  /** The payload of a rotation from `old` to `next`, signed by both under `SIGIL-KEY-ROTATION-V1`. */
  signRotation(rotation: Omit<KeyRotation, "old" | "new">, old: SigningKey, next: SigningKey): SignedRotation;
  /** The body, if shape, thumbprints and both signatures are right; `field-…`, `key-unknown` or `signature-invalid` otherwise. */
  verifyRotation(payload: unknown): KeyRotation;
  /**
   * The keys after the rotation that a bundle proves, and after those before it: each record must be signed by a key that
   * was pinned before it and by the one that it brings, and the bundle must verify under all of them. The same trust file
   * when the bundle brings none that is new. Throws `rotation-invalid`.
   */
  followRotations(trust: TrustFile, bundle: ProofBundle): TrustFile;
}

const hint = object({ kid: base64urlOf(32), publicKey: base64urlOf(32) });
const shape = object({
  body: object({
    role: oneOf(...ROTATED_ROLES),
    origin: parsed(requireOrigin, "a log origin"),
    old: hint,
    new: hint,
    from: count,
    ts: timestamp,
  }),
  by: object({ old: signatureShape, new: signatureShape }),
});

function invalid(detail: string): CanonError {
  return new CanonError("rotation-invalid", detail);
}

/**
 * The pinned keys with a rotation that stands at leaf `index`: the present key of the role ends there, the new one begins
 * after it. The same object when they say so already. Throws `rotation-invalid` for a range that does not begin at the next
 * leaf, an old key that is not the present one, and a new key that is enrolled already, in whichever role.
 */
export function rotatePinned<K extends Readonly<Record<string, readonly PinnedKey[]>>>(
  keys: K,
  { role, old, new: next, from }: KeyRotation,
  index: number,
): K {
  if (from !== index + 1)
    throw invalid(`the new ${role} key begins at leaf ${from}; the rotation is at leaf ${index}`);
  const pinned = keys[role] ?? [];
  const isOld = (pin: PinnedKey) => pin.publicKey === old.publicKey && pin.from <= index;
  const known = pinned.some((pin) => pin.publicKey === next.publicKey && pin.from === from);
  if (known && pinned.some((pin) => isOld(pin) && pin.to === from)) return keys;
  for (const [other, pins] of Object.entries(keys)) {
    if (pins.some(({ publicKey }) => publicKey === next.publicKey))
      throw invalid(`key ${next.kid} is enrolled already, as a ${other} key`);
  }
  const present = pinned.find((pin) => isOld(pin) && pin.to === null);
  if (present === undefined) throw invalid(`key ${old.kid} is not the ${role} key of leaf ${index}`);
  const ended = pinned.map((pin) => (pin === present ? { ...pin, to: from } : pin));
  return { ...keys, [role]: [...ended, { ...next, from, to: null }] };
}

export function bindRotations(
  { withCanonical, verifyKey }: ReadPlatform,
  verifyBundle: VerifyBundle,
): Rotations {
  const withMessage = <T>(body: KeyRotation, use: (message: Uint8Array) => T) =>
    withCanonical(`${DOMAINS.keyRotation}\n`, body, undefined, use);
  const named = ({ kid, publicKey }: SigningKey) => ({ kid, publicKey: toBase64url(publicKey.raw) });

  function verifyRotation(payload: unknown): KeyRotation {
    shape(payload, [], 0);
    const { body, by } = payload as SignedRotation;
    const [old, next] = [keyOf(body.old, verifyKey, "$.body.old"), keyOf(body.new, verifyKey, "$.body.new")];
    withMessage(body, (message) => {
      requireSignature(message, by.old, old, "$.by.old");
      requireSignature(message, by.new, next, "$.by.new");
    });
    return body;
  }

  return {
    signRotation(rotation, old, next) {
      const body: KeyRotation = { ...rotation, old: named(old), new: named(next) };
      const by = withMessage(body, (message) => ({
        old: makeSignature(message, old),
        new: makeSignature(message, next),
      }));
      return { body, by };
    },
    verifyRotation,
    followRotations(trust, bundle) {
      let keys = trust.keys;
      for (const { index, record } of [...bundle.entries].sort((a, b) => a.index - b.index)) {
        if (record?.record.kind !== "key.rotated") continue;
        const rotation = verifyRotation(record.record.payload);
        if (rotation.origin !== trust.origin)
          throw invalid(`leaf ${index} rotates a key of ${rotation.origin}`);
        keys = rotatePinned(keys, rotation, index);
      }
      if (keys === trust.keys) return trust;
      const after = { ...trust, keys };
      // Nothing of it counts unless the log holds each rotation, and so under the keys that they bring.
      const { verdict, code } = verifyBundle(bundle, after);
      if (verdict !== "verified") throw invalid(`the bundle that brings the rotation is refused: ${code}`);
      return after;
    },
  };
}
