import { CryptoError, publicKeyFromPem, toBase64url } from "@sigil/crypto";
import { invalid } from "./command.ts";

/**
 * The raw Ed25519 key that a word names, in base64url: the word itself when it is one, or the PEM file (`PUBLIC KEY`) of
 * that name, as `openssl pkey -pubout` writes it.
 */
export function publicKeyOf(word: string, readText: (path: string) => string): string {
  if (/^[A-Za-z0-9_-]{43}$/.test(word)) return word;
  try {
    return toBase64url(publicKeyFromPem(readText(word)));
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    throw invalid(
      `${word} holds no Ed25519 public key: ${error.code}`,
      "openssl genpkey -algorithm ed25519 -out client.pem && openssl pkey -in client.pem -pubout -out client.pub",
    );
  }
}
