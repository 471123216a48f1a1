import { fromBase64url, type SigningKey, toBase64url, type VerifyKey } from "@sigil/crypto/bytes";
import { CanonError, translated } from "./error.ts";
import type { Signature } from "./record/frame.ts";

/** One key, or a way to find the key of a thumbprint among those that are trusted. */
export type KeySource = VerifyKey | ((kid: string) => VerifyKey | undefined);

/** The key of a thumbprint and its base64url; `key-unknown` when the two do not belong together or the key is unusable. */
export function keyOf(
  { kid, publicKey }: { readonly kid: string; readonly publicKey: string },
  verifyKey: (raw: Uint8Array) => VerifyKey,
  path: string,
): VerifyKey {
  const key = translated(
    () => verifyKey(fromBase64url(publicKey)),
    (cause) => new CanonError("key-unknown", `no usable key: ${cause.code}`, path, { cause }),
  );
  if (key.kid === kid) return key;
  throw new CanonError("key-unknown", `the thumbprint of the key is ${key.kid}, not ${kid}`, path);
}

/** A signature over `message` with the thumbprint of its key. */
export function makeSignature(message: Uint8Array, key: SigningKey): Signature {
  return { kid: key.kid, alg: "Ed25519", value: toBase64url(key.sign(message)) };
}

/** Throws `key-unknown` when no trusted key has the thumbprint, `signature-invalid` when the signature is not its. */
export function requireSignature(message: Uint8Array, sig: Signature, keys: KeySource, path: string): void {
  const key = typeof keys === "function" ? keys(sig.kid) : keys;
  if (key === undefined || key.kid !== sig.kid) {
    throw new CanonError(
      "key-unknown",
      `signed by key ${sig.kid}, which is not among the trusted keys`,
      path,
    );
  }
  translated(
    () => key.verify(message, fromBase64url(sig.value)),
    (cause) => new CanonError("signature-invalid", `does not verify under key ${sig.kid}`, path, { cause }),
  );
}
