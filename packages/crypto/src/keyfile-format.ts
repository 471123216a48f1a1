import { fromBase64url } from "./encoding/base64.ts";
import { CryptoError } from "./error.ts";

/** The clear fields of a sealed key file. */
export interface KeyFileHeader {
  readonly v: 1;
  readonly type: "sigil-sealed-key";
  /** Which key this is, for instance `log`; `[a-z0-9][a-z0-9._/-]{0,127}`. */
  readonly purpose: string;
  readonly kid: string | null;
  /** base64url of 32 bytes, or null for a symmetric key. */
  readonly publicKey: string | null;
  readonly createdAt: string;
  readonly kdf: {
    readonly name: "scrypt";
    readonly logN: number;
    readonly r: number;
    readonly p: number;
    /** base64url of 16 bytes. */
    readonly salt: string;
  };
  readonly aead: "A256GCM";
}

/** A whole sealed key file. */
export interface SealedKeyFile extends KeyFileHeader {
  /** base64url of the 16 bytes that tell a wrong passphrase from a damaged file. */
  readonly check: string;
  /** base64url of nonce (12) ‖ ciphertext ‖ tag (16). */
  readonly sealed: string;
}

const MAX_CHARS = 16_384;

type Check = (value: unknown) => boolean;
const exactly =
  (expected: string): Check =>
  (value) =>
    value === expected;
const matches =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === "string" && pattern.test(value);
const integer: Check = (value) => Number.isSafeInteger(value);
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const bytes =
  (least: number, most: number): Check =>
  (value) => {
    if (typeof value !== "string") return false;
    try {
      const { length } = fromBase64url(value);
      return length >= least && length <= most;
    } catch {
      return false;
    }
  };

const KDF: Record<string, Check> = {
  name: exactly("scrypt"),
  logN: integer,
  r: integer,
  p: integer,
  salt: bytes(16, 16),
};
const FILE: Record<string, Check> = {
  v: () => true,
  type: exactly("sigil-sealed-key"),
  purpose: matches(/^[a-z0-9][a-z0-9._/-]{0,127}$/),
  kid: orNull(matches(/^[A-Za-z0-9_-]{1,128}$/)),
  publicKey: orNull(bytes(32, 32)),
  createdAt: matches(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/),
  kdf: (value) => fields(value, KDF) === undefined,
  aead: exactly("A256GCM"),
  check: bytes(16, 16),
  sealed: bytes(28, 8192),
};

// The name of the first field that is missing, unknown or wrong; undefined when all are right.
function fields(value: unknown, table: Record<string, Check>): string | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "(not an object)";
  const object = value as Record<string, unknown>;
  const unknown = Object.keys(object).find((name) => !Object.hasOwn(table, name));
  if (unknown !== undefined) return JSON.stringify(unknown);
  return Object.keys(table).find((name) => !Object.hasOwn(object, name) || !table[name]?.(object[name]));
}

/** Reads the shape of a key file: `sealed-file-malformed` names the first wrong field, `sealed-file-version` the version. */
export function parseKeyFile(text: string): SealedKeyFile {
  if (text.length > MAX_CHARS) {
    throw new CryptoError(
      "sealed-file-malformed",
      `key file has ${text.length} characters; the limit is ${MAX_CHARS}`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // V8 quotes the text in its message, and the text may hold a secret in another format: the cause is dropped.
    throw new CryptoError("sealed-file-malformed", "key file is not JSON; restore it from a backup");
  }
  const version = (value as { v?: unknown } | null)?.v;
  if (typeof version === "number" && version !== 1) {
    throw new CryptoError(
      "sealed-file-version",
      `key file has version ${version}; this reader knows version 1`,
    );
  }
  const wrong = version === 1 ? fields(value, FILE) : "v";
  if (wrong !== undefined) {
    throw new CryptoError("sealed-file-malformed", `key file field ${wrong} is missing, unknown or wrong`);
  }
  return value as SealedKeyFile;
}
