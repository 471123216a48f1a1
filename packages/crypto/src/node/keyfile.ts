import { fromBase64url, toBase64url } from "../encoding/base64.ts";
import { utf8 } from "../encoding/text.ts";
import { CryptoError } from "../error.ts";
import { type KeyFileHeader, parseKeyFile, type SealedKeyFile } from "../keyfile-format.ts";
import { Secret } from "../secret.ts";
import { AeadKey, aeadOpen, aeadSeal } from "./aead.ts";
import { equalBytes, hmacSha256 } from "./hash.ts";
import { randomBytes } from "./random.ts";
import { MACHINE_SCRYPT, requireScryptParams, type ScryptParams, scrypt } from "./scrypt.ts";

export type { KeyFileHeader } from "../keyfile-format.ts";

const DOMAIN = "SIGIL-KEY-FILE-V1";
const CHECK_LABEL = utf8("SIGIL-KEY-FILE-CHECK-V1");

/** What a key file is made of. `publicKey` and `kid` are absent for symmetric keys. */
export interface KeyFileInput {
  readonly purpose: string;
  readonly publicKey?: Uint8Array;
  readonly kid?: string;
  readonly secret: Secret;
  /** RFC 3339, UTC. */
  readonly createdAt: string;
}

/** What a key file opens to. */
export interface OpenedKeyFile {
  readonly purpose: string;
  readonly kid: string | null;
  readonly publicKey: Uint8Array | null;
  readonly secret: Secret;
}

// Everything in clear is associated data, so no field of the file can be exchanged.
function context(header: KeyFileHeader): string[] {
  const { purpose, kid, publicKey, createdAt, kdf } = header;
  return [
    DOMAIN,
    purpose,
    kid ?? "",
    publicKey ?? "",
    createdAt,
    kdf.name,
    String(kdf.logN),
    String(kdf.r),
    String(kdf.p),
    kdf.salt,
    header.aead,
  ];
}

// 64 derived bytes: the first half encrypts; the second half proves that the passphrase is right, so that a wrong one
// and a damaged file are told apart. It gives a guesser nothing that the tag does not give already.
function derive(passphrase: Secret, header: KeyFileHeader): { key: AeadKey; check: Uint8Array } {
  const bytes = scrypt(passphrase, fromBase64url(header.kdf.salt), 64, header.kdf);
  const key = AeadKey.from(Secret.from(bytes.subarray(0, 32)));
  const check = hmacSha256(bytes.subarray(32), CHECK_LABEL).subarray(0, 16);
  bytes.fill(0);
  return { key, check };
}

/**
 * The JSON text of a sealed key file: scrypt of the passphrase, then AES-256-GCM with every clear field as associated
 * data. `params` are {@link MACHINE_SCRYPT} unless given; `kdf-parameters` outside their bounds.
 */
export function sealKeyFile(
  input: KeyFileInput,
  passphrase: Secret,
  params: ScryptParams = MACHINE_SCRYPT,
): string {
  requireScryptParams(params);
  const header: KeyFileHeader = {
    v: 1,
    type: "sigil-sealed-key",
    purpose: input.purpose,
    kid: input.kid ?? null,
    publicKey: input.publicKey === undefined ? null : toBase64url(input.publicKey),
    createdAt: input.createdAt,
    kdf: { name: "scrypt", logN: params.logN, r: params.r, p: params.p, salt: toBase64url(randomBytes(16)) },
    aead: "A256GCM",
  };
  const { key, check } = derive(passphrase, header);
  const plaintext = input.secret.reveal();
  const sealed = aeadSeal(key, plaintext, context(header));
  plaintext.fill(0);
  const file: SealedKeyFile = { ...header, check: toBase64url(check), sealed: toBase64url(sealed) };
  const text = `${JSON.stringify(file, null, 2)}\n`;
  parseKeyFile(text);
  return text;
}

/**
 * Opens a sealed key file. Throws `sealed-file-malformed`, `sealed-file-version` or `kdf-parameters` for a file that is none.
 * Whatever goes wrong after that is `sealed-file-refused`, in the same words, so that a caller who passes the error on
 * tells nobody whether a guess was right. For the log, its `cause` is the error that says which: `passphrase-wrong`, or
 * `sealed-file-damaged` when the passphrase is right and any clear or sealed byte was changed.
 */
export function openKeyFile(text: string, passphrase: Secret): OpenedKeyFile {
  const file = parseKeyFile(text);
  let plaintext: Uint8Array;
  try {
    plaintext = unseal(file, passphrase);
  } catch (cause) {
    if (!(cause instanceof CryptoError) || cause.code === "kdf-parameters") throw cause;
    const message = `the ${file.purpose} key file does not open: another passphrase sealed it, or it was changed`;
    throw new CryptoError("sealed-file-refused", message, { cause });
  }
  const secret = Secret.from(plaintext);
  plaintext.fill(0);
  const publicKey = file.publicKey === null ? null : fromBase64url(file.publicKey);
  return { purpose: file.purpose, kid: file.kid, publicKey, secret };
}

function unseal(file: SealedKeyFile, passphrase: Secret): Uint8Array {
  const { key, check } = derive(passphrase, file);
  if (!equalBytes(check, fromBase64url(file.check)))
    throw new CryptoError("passphrase-wrong", `the passphrase is not that of the ${file.purpose} key file`);
  try {
    return aeadOpen(key, fromBase64url(file.sealed), context(file));
  } catch (cause) {
    const message = `the ${file.purpose} key file was changed after it was written; restore it from a backup`;
    throw new CryptoError("sealed-file-damaged", message, { cause });
  }
}

/** The clear part of a key file, unauthenticated: good for listing keys, not for trusting them. */
export function readKeyFileHeader(text: string): KeyFileHeader {
  const { check: _check, sealed: _sealed, ...header } = parseKeyFile(text);
  return header;
}
