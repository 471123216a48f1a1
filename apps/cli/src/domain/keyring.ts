import {
  channelKey,
  generateSeed,
  Secret,
  type SigningKey,
  sealKeyFile,
  signingKey,
  toBase64url,
} from "@sigil/crypto";
import type { KeyEntry } from "@sigil/wire";
import { KEYS, keyPath, OWNERS, type Owner, secretPath } from "./home.ts";

/** Everything that the ceremony draws: files by path inside the home, public rows, and the issuer's key while it lasts. */
export interface Keyring {
  /** Texts by path relative to the home; each is a secret or sealed by one. */
  readonly files: ReadonlyMap<string, string>;
  readonly entries: readonly KeyEntry[];
  readonly issuer: SigningKey;
}

/** A fresh key for every purpose, each sealed with its owner's own fresh 256-bit secret. Nothing is derived from another. */
export function newKeyring(createdAt: string): Keyring {
  const files = new Map<string, string>();
  const secrets = new Map<Owner, Secret>();
  for (const owner of OWNERS) {
    const secret = generateSeed();
    secrets.set(owner, secret);
    files.set(secretPath(owner), `${toBase64url(secret.reveal())}\n`);
  }
  const entries: KeyEntry[] = [];
  let issuer: SigningKey | undefined;
  for (const { owner, purpose, curve } of KEYS) {
    const seed = generateSeed();
    const secret = secrets.get(owner) ?? Secret.from(new Uint8Array());
    let half: { kid: string; publicKey: Uint8Array } | undefined;
    if (curve === "X25519") {
      const key = channelKey(seed);
      half = { kid: key.kid, publicKey: key.publicRaw };
    } else if (curve === "Ed25519") {
      const key = signingKey(seed);
      half = { kid: key.kid, publicKey: key.publicKey.raw };
      if (purpose === "issuer") issuer = key;
    }
    files.set(keyPath(owner, purpose), sealKeyFile({ purpose, secret: seed, createdAt, ...half }, secret));
    if (half !== undefined && purpose !== "root")
      entries.push({ service: owner, purpose, kid: half.kid, publicKey: toBase64url(half.publicKey) });
  }
  if (issuer === undefined) throw new Error("the table of keys has no issuer");
  return { files, entries, issuer };
}
