import type { PinnedKey } from "@sigil/canon";
import { fromBase64url, type VerifyKey, verifyKey } from "@sigil/crypto";

/** Keys of the trust file by kid. Nothing else is ever asked for a key. */
export function pinnedKeys(pinned: readonly PinnedKey[]): ReadonlyMap<string, VerifyKey> {
  return new Map(pinned.map((key) => [key.kid, verifyKey(fromBase64url(key.publicKey))]));
}
