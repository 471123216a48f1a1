import {
  CryptoError,
  HUMAN_SCRYPT,
  openKeyFile,
  type Secret,
  type SigningKey,
  sealKeyFile,
  seedFromPem,
  signingKey,
} from "@sigil/crypto";
import { invalid } from "./command.ts";

/** What a sealed client key file says that it is for. */
const PURPOSE = "client";

type Passphrase = () => Promise<Secret>;

/**
 * The Ed25519 key of a file: PEM (`PRIVATE KEY`), as `openssl genpkey` writes it, or sealed, as `sigil key seal` does. Only a
 * sealed one asks for a passphrase.
 * @throws CliError `argument-invalid`, and what `passphrase` throws
 */
export async function clientKeyOf(
  file: string,
  readText: (path: string) => string,
  passphrase: Passphrase,
): Promise<SigningKey> {
  const text = readText(file);
  try {
    if (!text.trimStart().startsWith("{")) return signingKey(seedFromPem(text));
    const { purpose, secret } = openKeyFile(text, await passphrase());
    if (purpose === PURPOSE) return signingKey(secret);
    throw invalid(`${file} is a sealed ${purpose} key; it acts for a service, not for a client`);
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    const { code } = error.cause instanceof CryptoError ? error.cause : error;
    throw invalid(
      code === "passphrase-wrong"
        ? `the passphrase does not open ${file}`
        : `${file} holds no Ed25519 private key: ${code}`,
      "Name the PEM file that `openssl genpkey -algorithm ed25519` wrote, or what `sigil key seal` made of it.",
    );
  }
}

/** The text of a sealed client key file, and the kid in it. @throws CliError `argument-invalid` for text that is no PEM key */
export async function sealedClientKey(
  file: string,
  readText: (path: string) => string,
  passphrase: Passphrase,
  now: Date,
): Promise<{ readonly text: string; readonly kid: string }> {
  const refuse = async (): Promise<Secret> => {
    throw invalid(`${file} is sealed already`);
  };
  const key = await clientKeyOf(file, readText, refuse);
  const text = sealKeyFile(
    {
      ...{ purpose: PURPOSE, kid: key.kid, publicKey: key.publicKey.raw },
      ...{ secret: seedFromPem(readText(file)), createdAt: now.toISOString() },
    },
    await passphrase(),
    HUMAN_SCRYPT,
  );
  return { text, kid: key.kid };
}
