import { CryptoError, type SigningKey, seedFromPem, signingKey } from "@sigil/crypto";
import { invalid } from "./command.ts";

/** The Ed25519 key of a PEM file (`PRIVATE KEY`), as `openssl genpkey` writes it. @throws CliError `argument-invalid` */
export function clientKeyOf(file: string, readText: (path: string) => string): SigningKey {
  try {
    return signingKey(seedFromPem(readText(file)));
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    throw invalid(
      `${file} holds no Ed25519 private key: ${error.code}`,
      "Name the PEM file that `openssl genpkey -algorithm ed25519` wrote.",
    );
  }
}
