import { concatBytes, fromBase64, toBase64, toHex, utf8, type VerifyKey } from "@sigil/crypto/bytes";
import { CanonError, translated } from "../error.ts";
import type { ReadPlatform } from "../platform.ts";
import { requireKeyName } from "./key-name.ts";

/** The algorithm byte of a C2SP key: what a signature under it says. */
export const ALGORITHM = {
  /** signed-note: Ed25519 over the text. */
  note: 0x01,
  /** tlog-cosignature: Ed25519 over a time and the text. */
  cosignature: 0x04,
} as const;
type Algorithm = (typeof ALGORITHM)[keyof typeof ALGORITHM];

/** A C2SP verifier key, ready to verify. */
export interface Verifier {
  readonly name: string;
  /** Eight lower-case hexadecimal digits: SHA-256(name ‖ 0x0A ‖ algorithm ‖ key)[:4]. */
  readonly keyHash: string;
  readonly raw: Uint8Array;
  readonly key: VerifyKey;
}

/** Reading C2SP verifier key strings. */
export interface VerifierKeyReading {
  /** Reads a verifier key of type 0x01: hash and enrolment checked; `verifier-key-malformed` otherwise. */
  parseVerifierKey(vkey: string): Verifier;
  /** Reads a verifier key of type 0x04: hash and enrolment checked; `verifier-key-malformed` otherwise. */
  parseCosignerKey(vkey: string): Verifier;
}

/** C2SP verifier key strings: `<name>+<hash>+<base64(algorithm ‖ key)>`. */
export interface VerifierKeys extends VerifierKeyReading {
  /** The verifier key of a note's signer, type 0x01; `key-name-malformed`, or an enrolment error. */
  verifierKey(name: string, raw: Uint8Array): string;
  /** The verifier key of a cosigner, type 0x04; `key-name-malformed`, or an enrolment error. */
  cosignerKey(name: string, raw: Uint8Array): string;
}

/** {@link VerifierKeyReading}, and what notes and cosignatures are made of. */
export interface KeyNaming extends VerifierKeyReading {
  /** The four bytes that name a key in a signature line. */
  keyHash(algorithm: Algorithm, name: string, raw: Uint8Array): Uint8Array;
  /** The verifier of an enrolled key. */
  verifierOf(algorithm: Algorithm, name: string, key: VerifyKey): Verifier;
}

function malformed(why: string, cause?: unknown): CanonError {
  const message = `verifier key ${why}; expected <name>+<hash>+<base64>`;
  return new CanonError("verifier-key-malformed", message, undefined, { cause });
}

export function bindKeyNaming({ sha256, verifyKey }: ReadPlatform): KeyNaming {
  function keyHash(algorithm: Algorithm, name: string, raw: Uint8Array): Uint8Array {
    return sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(algorithm), raw)).slice(0, 4);
  }

  function verifierOf(algorithm: Algorithm, name: string, key: VerifyKey): Verifier {
    const { raw } = key;
    return { name, keyHash: toHex(keyHash(algorithm, name, raw)), raw, key };
  }

  function parse(algorithm: Algorithm, vkey: string): Verifier {
    // Base64 may hold "+" too, so the third field is all that is left.
    const [, name, hash, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(vkey) ?? [];
    if (name === undefined || hash === undefined || encoded === undefined)
      throw malformed("has not three fields");
    requireKeyName(name);
    const enrol = () => {
      const bytes = fromBase64(encoded);
      if (bytes[0] !== algorithm) throw malformed(`is not of type 0x0${algorithm}`);
      return verifyKey(bytes.subarray(1));
    };
    const key = translated(enrol, (cause) => malformed(`has no usable key (${cause.code})`, cause));
    const verifier = verifierOf(algorithm, name, key);
    if (verifier.keyHash !== hash) throw malformed("has a hash that is not that of its name and key");
    return verifier;
  }

  return {
    keyHash,
    verifierOf,
    parseVerifierKey: (vkey) => parse(ALGORITHM.note, vkey),
    parseCosignerKey: (vkey) => parse(ALGORITHM.cosignature, vkey),
  };
}

export function bindVerifierKeys(naming: KeyNaming, { verifyKey }: ReadPlatform): VerifierKeys {
  function format(algorithm: Algorithm, name: string, raw: Uint8Array): string {
    requireKeyName(name);
    verifyKey(raw);
    const hash = toHex(naming.keyHash(algorithm, name, raw));
    return `${name}+${hash}+${toBase64(concatBytes(Uint8Array.of(algorithm), raw))}`;
  }

  return {
    parseVerifierKey: naming.parseVerifierKey,
    parseCosignerKey: naming.parseCosignerKey,
    verifierKey: (name, raw) => format(ALGORITHM.note, name, raw),
    cosignerKey: (name, raw) => format(ALGORITHM.cosignature, name, raw),
  };
}
