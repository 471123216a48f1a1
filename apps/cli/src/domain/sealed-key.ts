import {
  CryptoError,
  generateSeed,
  HUMAN_SCRYPT,
  type KeyFileHeader,
  MACHINE_SCRYPT,
  openKeyFile,
  readKeyFileHeader,
  type Secret,
  type SigningKey,
  sealKeyFile,
  signingKey,
} from "@sigil/crypto";
import { CliError } from "./error.ts";

/** Whose keys these are: the purpose that is sealed with them, and the commands that a person is sent to. */
export interface KeyUse {
  readonly purpose: "witness" | "publisher";
  /** Draws one. */
  readonly madeBy: string;
  /** What to do when there is no copy of a damaged file. */
  readonly lost: string;
}

/**
 * A fresh key and the text of its sealed file. A passphrase of 32 random bytes in base64url is sealed at the price
 * of machine secrets, which stretching makes no better; every other at that of what people choose (half a second, 128 MiB).
 */
export function newSealedKey(
  use: KeyUse,
  passphrase: Secret,
  createdAt: string,
): { key: SigningKey; file: string } {
  const seed = generateSeed();
  const key = signingKey(seed);
  const half = { kid: key.kid, publicKey: key.publicKey.raw };
  const drawn = /^[A-Za-z0-9_-]{43}$/.test(new TextDecoder().decode(passphrase.reveal()));
  const params = drawn ? MACHINE_SCRYPT : HUMAN_SCRYPT;
  return {
    key,
    file: sealKeyFile({ purpose: use.purpose, secret: seed, createdAt, ...half }, passphrase, params),
  };
}

/** What the file of a key says in clear. @throws CliError `key-file-damaged`, `key-file-foreign` */
export function sealedKeyHeader(
  use: KeyUse,
  path: string,
  text: string,
): KeyFileHeader & { readonly kid: string } {
  let header: KeyFileHeader;
  try {
    header = readKeyFileHeader(text);
  } catch (cause) {
    throw asCli(use, path, cause);
  }
  const { kid, purpose } = header;
  if (purpose === use.purpose && kid !== null) return { ...header, kid };
  throw new CliError(
    "key-file-foreign",
    `${path} is sealed as a ${purpose} key, and a ${use.purpose} signs with no other than a ${use.purpose} key`,
    `Name the file that \`${use.madeBy}\` wrote.`,
  );
}

/** The key of a file. @throws CliError `key-file-damaged`, `key-file-foreign`, `key-file-refused` */
export function openSealedKey(use: KeyUse, path: string, text: string, passphrase: Secret): SigningKey {
  const header = sealedKeyHeader(use, path, text);
  try {
    const key = signingKey(openKeyFile(text, passphrase).secret);
    if (key.kid === header.kid) return key;
  } catch (cause) {
    throw asCli(use, path, cause);
  }
  throw damaged(use, path, "its name in clear is another key's");
}

function asCli(use: KeyUse, path: string, cause: unknown): unknown {
  if (!(cause instanceof CryptoError)) return cause;
  if (cause.code === "sealed-file-refused")
    return new CliError(
      "key-file-refused",
      `${path} does not open: the passphrase is another one, or the file was changed`,
      "Type the passphrase again, with attention to the keyboard; if it is the right one, take the file from its copy.",
      { cause },
    );
  return damaged(use, path, `${cause.code}: ${cause.message}`, cause);
}

function damaged(use: KeyUse, path: string, why: string, cause?: unknown): CliError {
  return new CliError(
    "key-file-damaged",
    `${path} is no sealed key file as it should be: ${why}`,
    `Take the file from its copy; if there is none, ${use.lost}.`,
    { cause },
  );
}
