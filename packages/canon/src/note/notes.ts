import {
  CryptoError,
  concatBytes,
  fromBase64,
  type SigningKey,
  toBase64,
  toHex,
  utf8,
  type VerifyKey,
} from "@sigil/crypto/bytes";
import { CanonError } from "../error.ts";
import type { Platform } from "../platform.ts";
import { requireKeyName } from "./key-name.ts";
import { formatSignatureLine, joinNote, splitNote } from "./text.ts";

// The algorithm byte of Ed25519 in C2SP signed-note.
const ED25519 = 0x01;

/** A C2SP verifier key, ready to verify. */
export interface Verifier {
  readonly name: string;
  /** Eight lower-case hexadecimal digits: SHA-256(name ‖ 0x0A ‖ 0x01 ‖ key)[:4]. */
  readonly keyHash: string;
  readonly raw: Uint8Array;
  readonly key: VerifyKey;
}

/** The text of a note and the trusted keys that signed it. */
export interface OpenedNote {
  readonly text: string;
  readonly verified: readonly { readonly name: string; readonly keyHash: string }[];
}

/** C2SP signed-note with Ed25519. */
export interface Notes {
  /** The verifier key string `<name>+<hash>+<base64(0x01 ‖ key)>`; `key-name-malformed`, or an enrolment error. */
  verifierKey(name: string, raw: Uint8Array): string;
  /** Reads a verifier key string: Ed25519 only, hash and enrolment checked; `verifier-key-malformed` otherwise. */
  parseVerifierKey(vkey: string): Verifier;
  /** `text` (ending in a line feed) signed as `name`. */
  signNote(text: string, name: string, key: SigningKey): string;
  /**
   * The text, when at least one of `keys` signed it. Signatures by other keys are ignored, as the specification says; a
   * wrong signature by one of `keys` is `note-signature-invalid`, none at all `note-unverified`.
   */
  openNote(note: string, keys: readonly (string | Verifier)[]): OpenedNote;
}

export function bindNotes({ sha256, verifyKey }: Platform): Notes {
  function hashOf(name: string, raw: Uint8Array): Uint8Array {
    return sha256(concatBytes(utf8(`${name}\n`), Uint8Array.of(ED25519), raw)).slice(0, 4);
  }

  function parseVerifierKey(vkey: string): Verifier {
    const malformed = (why: string, cause?: unknown) =>
      new CanonError(
        "verifier-key-malformed",
        `verifier key ${why}; expected <name>+<hash>+<base64>`,
        undefined,
        {
          cause,
        },
      );
    // Base64 may hold "+" too, so the third field is all that is left.
    const match = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(vkey);
    const [, name, keyHash, encoded] = match ?? [];
    if (name === undefined || keyHash === undefined || encoded === undefined)
      throw malformed("has not three fields");
    requireKeyName(name);
    let bytes: Uint8Array;
    let key: VerifyKey;
    try {
      bytes = fromBase64(encoded);
      if (bytes[0] !== ED25519) throw malformed("is not of type Ed25519 (0x01)");
      key = verifyKey(bytes.subarray(1));
    } catch (cause) {
      if (!(cause instanceof CryptoError)) throw cause;
      throw malformed(`has no usable key (${cause.code})`, cause);
    }
    const raw = bytes.slice(1);
    if (toHex(hashOf(name, raw)) !== keyHash)
      throw malformed("has a hash that is not that of its name and key");
    return { name, keyHash, raw, key };
  }

  return {
    verifierKey(name, raw) {
      requireKeyName(name);
      verifyKey(raw);
      const bytes = concatBytes(Uint8Array.of(ED25519), raw);
      return `${name}+${toHex(hashOf(name, raw))}+${toBase64(bytes)}`;
    },
    parseVerifierKey,
    signNote(text, name, key) {
      requireKeyName(name);
      const signature = concatBytes(hashOf(name, key.publicKey.raw), key.sign(utf8(text)));
      const note = joinNote(text, [formatSignatureLine(name, signature)]);
      splitNote(note);
      return note;
    },
    openNote(note, keys) {
      const { text, signatures } = splitNote(note);
      const verifiers = keys.map((each) => (typeof each === "string" ? parseVerifierKey(each) : each));
      const message = utf8(text);
      const verified: { name: string; keyHash: string }[] = [];
      for (const { name, keyHash, signature } of signatures) {
        const known = verifiers.find((each) => each.name === name && each.keyHash === keyHash);
        if (known === undefined || verified.some((each) => each.name === name && each.keyHash === keyHash))
          continue;
        try {
          known.key.verify(message, signature);
        } catch (cause) {
          if (!(cause instanceof CryptoError)) throw cause;
          const message = `the signature of ${name} (${keyHash}) does not verify`;
          throw new CanonError("note-signature-invalid", message, undefined, { cause });
        }
        verified.push({ name, keyHash });
      }
      if (verified.length === 0) {
        const signers = signatures.map(({ name, keyHash }) => `${name}+${keyHash}`).join(", ");
        throw new CanonError("note-unverified", `signed by ${signers}; none of these is a trusted key`);
      }
      return { text, verified };
    },
  };
}
