import { fromBase64url, type VerifyKey } from "@sigil/crypto/bytes";
import type { ReadPlatform } from "../platform.ts";
import { coversLeaf } from "../trust/log-key.ts";
import type { TrustFile } from "../trust/trust-file.ts";
import type { HintedRole, ProofBundle } from "./bundle-file.ts";
import { Refusal } from "./steps.ts";

/** The keys that a verification may use: the pinned ones, or without a trust file those that the bundle names. */
export interface Keyring {
  /** Every log key for checkpoints of `size` leaves. */
  logKeys(size?: number): VerifyKey[];
  /** The key of a role for a leaf; a {@link Refusal} `key-not-pinned`, or undefined when an unpinned bundle has none. */
  find(role: HintedRole, kid: string, index: number): VerifyKey | undefined;
}

// Building a key costs as much as a verification, so each is built once.
function builder(verifyKey: ReadPlatform["verifyKey"], code: "trust-malformed" | "bundle-malformed") {
  const built = new Map<string, VerifyKey>();
  return ({ kid, publicKey }: { kid: string; publicKey: string }): VerifyKey => {
    const known = built.get(publicKey);
    const key = known ?? verifyKey(fromBase64url(publicKey));
    if (known === undefined) built.set(publicKey, key);
    if (key.kid !== kid)
      throw new Refusal(`key ${publicKey} has the thumbprint ${key.kid}, not ${kid}`, code);
    return key;
  };
}

/** Keys by the trust file, each for its range of leaves. */
export function pinnedKeyring(trust: TrustFile, verifyKey: ReadPlatform["verifyKey"]): Keyring {
  const build = builder(verifyKey, "trust-malformed");
  return {
    logKeys(size) {
      // The checkpoint of n leaves belongs to the key of leaf n − 1.
      const last = size === undefined ? undefined : Math.max(0, size - 1);
      return trust.keys.log.filter((key) => last === undefined || coversLeaf(key, last)).map(build);
    },
    find(role, kid, index) {
      const keys = trust.keys[role];
      const pinned = keys.find((key) => key.kid === kid && coversLeaf(key, index));
      if (pinned !== undefined) return build(pinned);
      const why = keys.some((key) => key.kid === kid)
        ? `is pinned as a ${role} key, but not for leaf ${index}`
        : `is not pinned as a ${role} key`;
      throw new Refusal(`key ${kid} ${why}`, "key-not-pinned");
    },
  };
}

/** Keys by the bundle's own hints. They can show that it is damaged, never that it is true. */
export function hintedKeyring(bundle: ProofBundle, verifyKey: ReadPlatform["verifyKey"]): Keyring {
  const build = builder(verifyKey, "bundle-malformed");
  return {
    logKeys: () => bundle.keys.log.map(build),
    find(role, kid) {
      const hint = bundle.keys[role].find((each) => each.kid === kid);
      return hint === undefined ? undefined : build(hint);
    },
  };
}
