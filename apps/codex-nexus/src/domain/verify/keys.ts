import { coversLeaf, type KeySource, type PinnedKey } from "@sigil/canon";
import { fromBase64url, verifyKey } from "@sigil/crypto";

/** The public keys that a verification believes, by what they sign. */
export interface PinnedKeys {
  readonly log: readonly PinnedKey[];
  readonly record: readonly PinnedKey[];
  readonly sigilderg: readonly PinnedKey[];
  readonly mmf: readonly PinnedKey[];
}

/** A pinned key resolver: the key of a thumbprint that was valid for a leaf. */
export type KeysAt = (index: number) => KeySource;

export function keysAt(pinned: readonly PinnedKey[]): KeysAt {
  const keys = pinned.map((pin) => ({ pin, key: verifyKey(fromBase64url(pin.publicKey)) }));
  return (index) => (kid) => keys.find(({ pin }) => pin.kid === kid && coversLeaf(pin, index))?.key;
}
