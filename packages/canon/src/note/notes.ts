import { concatBytes, type SigningKey, utf8 } from "@sigil/crypto/bytes";
import { CanonError, translated } from "../error.ts";
import { requireKeyName } from "./key-name.ts";
import { formatSignatureLine, joinNote, splitNote } from "./text.ts";
import { ALGORITHM, type KeyNaming, type Verifier } from "./verifier-key.ts";

/** The text of a note and the trusted keys that signed it. */
export interface OpenedNote {
  readonly text: string;
  readonly verified: readonly { readonly name: string; readonly keyHash: string }[];
}

/** C2SP signed-note with Ed25519. */
export interface Notes {
  /** `text` (ending in a line feed) signed as `name`. */
  signNote(text: string, name: string, key: SigningKey): string;
  /**
   * The text, when at least one of `keys` signed it. Signatures by other keys are ignored, as the specification says; a
   * wrong signature by one of `keys` is `note-signature-invalid`, none at all `note-unverified`.
   */
  openNote(note: string, keys: readonly (string | Verifier)[]): OpenedNote;
}

/** As {@link Notes.openNote}, with verifiers that are ready. */
export function openNoteWith(note: string, verifiers: readonly Verifier[]): OpenedNote {
  const { text, signatures } = splitNote(note);
  const message = utf8(text);
  const verified: { name: string; keyHash: string }[] = [];
  for (const { name, keyHash, signature } of signatures) {
    const isThis = (each: { name: string; keyHash: string }) =>
      each.name === name && each.keyHash === keyHash;
    const known = verifiers.find(isThis);
    if (known === undefined || verified.some(isThis)) continue;
    const why = `the signature of ${name} (${keyHash}) does not verify`;
    translated(
      () => known.key.verify(message, signature),
      (cause) => new CanonError("note-signature-invalid", why, undefined, { cause }),
    );
    verified.push({ name, keyHash });
  }
  if (verified.length === 0) {
    const signers = signatures.map(({ name, keyHash }) => `${name}+${keyHash}`).join(", ");
    throw new CanonError("note-unverified", `signed by ${signers}; none of these is a trusted key`);
  }
  return { text, verified };
}

export function bindNotes({ keyHash, parseVerifierKey }: KeyNaming): Notes {
  return {
    signNote(text, name, key) {
      requireKeyName(name);
      const hash = keyHash(ALGORITHM.note, name, key.publicKey.raw);
      const note = joinNote(text, [formatSignatureLine(name, concatBytes(hash, key.sign(utf8(text))))]);
      splitNote(note);
      return note;
    },
    openNote: (note, keys) =>
      openNoteWith(
        note,
        keys.map((each) => (typeof each === "string" ? parseVerifierKey(each) : each)),
      ),
  };
}
