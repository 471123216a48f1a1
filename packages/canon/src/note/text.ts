import { fromBase64, toBase64, toHex } from "@sigil/crypto/bytes";
import { CanonError, translated } from "../error.ts";
import { requireKeyName } from "./key-name.ts";

/** One signature line of a note. */
export interface NoteSignature {
  readonly name: string;
  /** Eight hexadecimal digits. */
  readonly keyHash: string;
  /** What follows the key hash: 64 bytes for Ed25519. */
  readonly signature: Uint8Array;
}

const MAX_CHARS = 1_000_000;
const MAX_SIGNATURES = 100;
// C2SP signed-note: em dash (U+2014), space.
const PREFIX = "— ";

function malformed(why: string, cause?: unknown): CanonError {
  return new CanonError("note-malformed", `note ${why}`, undefined, { cause });
}

/** One signature line without its line feed. `hashAndSignature` is the 4-byte key hash and the signature. */
export function formatSignatureLine(name: string, hashAndSignature: Uint8Array): string {
  return `${PREFIX}${name} ${toBase64(hashAndSignature)}`;
}

/** Reads one signature line without its line feed; `note-malformed` or `key-name-malformed`. */
export function parseSignatureLine(line: string): NoteSignature {
  const [name, encoded, ...rest] = line.startsWith(PREFIX) ? line.slice(PREFIX.length).split(" ") : [];
  if (name === undefined || encoded === undefined || rest.length > 0) {
    throw malformed(`has a signature line that is not "${PREFIX}<name> <base64>"`);
  }
  requireKeyName(name);
  const bytes = translated(
    () => fromBase64(encoded),
    (cause) => malformed("has a signature that is not base64", cause),
  );
  if (bytes.length < 5) throw malformed(`has a signature of ${bytes.length} bytes; the key hash alone has 4`);
  return { name, keyHash: toHex(bytes.subarray(0, 4)), signature: bytes.slice(4) };
}

/** A note from its text and signature lines. */
export function joinNote(text: string, lines: readonly string[]): string {
  return `${text}\n${lines.map((line) => `${line}\n`).join("")}`;
}

/** The text of a note, line feed included, and its signature lines; `note-malformed` otherwise. Nothing is verified. */
export function splitNote(note: string): { text: string; signatures: readonly NoteSignature[] } {
  if (note.length > MAX_CHARS) throw malformed(`has ${note.length} characters; the limit is ${MAX_CHARS}`);
  if (!note.isWellFormed()) throw malformed("has a lone surrogate, which has no UTF-8 form");
  // Anything below U+0020 but the line feed.
  if (/[^\n -\uffff]/.test(note)) throw malformed("has a control character other than the line feed");
  const blank = note.lastIndexOf("\n\n");
  if (blank < 0) throw malformed("has no blank line between text and signatures");
  const text = note.slice(0, blank + 1);
  const block = note.slice(blank + 2);
  if (!block.endsWith("\n")) throw malformed("does not end in a signature line and a line feed");
  const lines = block.slice(0, -1).split("\n");
  if (lines.length > MAX_SIGNATURES)
    throw malformed(`has ${lines.length} signatures; the limit is ${MAX_SIGNATURES}`);
  return { text, signatures: lines.map(parseSignatureLine) };
}
