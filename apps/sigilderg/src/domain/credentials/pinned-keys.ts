import { coversLeaf, type PinnedKey } from "@sigil/canon";
import { fromBase64url, type VerifyKey, verifyKey } from "@sigil/crypto";

/** Keys of the trust file by kid. Nothing else is ever asked for a key. */
export function pinnedKeys(pinned: readonly PinnedKey[]): ReadonlyMap<string, VerifyKey> {
  return new Map(pinned.map((key) => [key.kid, verifyKey(fromBase64url(key.publicKey))]));
}

/** Keys that are valid for a range of leaves each: those of a leaf, by kid. */
export function keysByLeaf(
  pinned: readonly PinnedKey[],
): (index: number) => (kid: string) => VerifyKey | undefined {
  const keys = pinnedKeys(pinned);
  return (index) => (kid) =>
    pinned.some((pin) => pin.kid === kid && coversLeaf(pin, index)) ? keys.get(kid) : undefined;
}
