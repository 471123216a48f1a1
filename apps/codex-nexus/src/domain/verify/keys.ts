import { type PinnedKey, verifierKey } from "@sigil/canon";
import { fromBase64url, type VerifyKey, verifyKey } from "@sigil/crypto";

/** The public keys that a verification believes, by what they sign. */
export interface PinnedKeys {
  readonly log: readonly PinnedKey[];
  readonly record: readonly PinnedKey[];
  readonly sigilderg: readonly PinnedKey[];
  readonly mmf: readonly PinnedKey[];
}

/** A pinned key resolver: the key of a thumbprint that was valid for a leaf. */
export type KeysAt = (index: number) => (kid: string) => VerifyKey | undefined;

export function keysAt(pinned: readonly PinnedKey[]): KeysAt {
  const keys = pinned.map((pin) => ({ pin, key: verifyKey(fromBase64url(pin.publicKey)) }));
  return (index) => (kid) =>
    keys.find(({ pin }) => pin.kid === kid && pin.from <= index && (pin.to === null || index < pin.to))?.key;
}

/** Verifier keys of a log under one origin. */
export function logVerifiers(pinned: readonly PinnedKey[], origin: string): string[] {
  return pinned.map(({ publicKey }) => verifierKey(origin, fromBase64url(publicKey)));
}
