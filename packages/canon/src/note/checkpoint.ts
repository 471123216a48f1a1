import { fromBase64, type SigningKey, toBase64, utf8 } from "@sigil/crypto/bytes";
import { CanonError, translated } from "../error.ts";
import type { Notes } from "./notes.ts";
import type { Verifier, VerifierKeyReading } from "./verifier-key.ts";

/** What a log commits to: its name, its size and its root. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

/** C2SP tlog-checkpoint, three lines without extensions. */
export interface Checkpoints {
  /** A checkpoint as a note signed under the name of its origin. */
  signCheckpoint(checkpoint: Checkpoint, key: SigningKey): string;
  /** The checkpoint, when one of `keys` named as `origin` signed it and it is about `origin`. */
  openCheckpoint(
    note: string,
    origin: string,
    keys: string | Verifier | readonly (string | Verifier)[],
  ): Checkpoint;
}

const MAX_ORIGIN_BYTES = 255;

function malformed(why: string, cause?: unknown): CanonError {
  return new CanonError("checkpoint-malformed", `checkpoint ${why}`, undefined, { cause });
}

/**
 * Throws `checkpoint-origin` unless `origin` can name a log: at most 255 bytes, a valid key name, no scheme, and not
 * beginning like a domain line, so that no note is ever the text of something else that is signed.
 */
export function requireOrigin(origin: string): void {
  const bad =
    origin === "" ||
    !origin.isWellFormed() ||
    utf8(origin).length > MAX_ORIGIN_BYTES ||
    /[\s\u0085+\p{Cc}]/u.test(origin) ||
    origin.includes("://") ||
    origin.startsWith("SIGIL-");
  if (bad) {
    const must = `1 to ${MAX_ORIGIN_BYTES} bytes without scheme, white space or "+", not beginning with SIGIL-`;
    throw new CanonError(
      "checkpoint-origin",
      `origin ${JSON.stringify(origin.slice(0, 300))} must be ${must}`,
    );
  }
}

/** The text of a checkpoint: origin, decimal size and base64 root, each with a line feed. */
export function formatCheckpoint({ origin, size, root }: Checkpoint): string {
  const text = `${origin}\n${size}\n${toBase64(root)}\n`;
  parseCheckpoint(text);
  return text;
}

/** Reads exactly what {@link formatCheckpoint} writes; `checkpoint-malformed` or `checkpoint-origin` otherwise. */
export function parseCheckpoint(text: string): Checkpoint {
  const lines = text.split("\n");
  const [origin, decimal, encoded, end] = lines;
  if (
    lines.length !== 4 ||
    end !== "" ||
    origin === undefined ||
    decimal === undefined ||
    encoded === undefined
  ) {
    throw malformed("must have exactly three lines: origin, size, root");
  }
  requireOrigin(origin);
  if (!/^(0|[1-9][0-9]{0,15})$/.test(decimal) || !Number.isSafeInteger(Number(decimal))) {
    throw malformed(`size ${JSON.stringify(decimal.slice(0, 40))} is not a plain decimal up to 2^53 − 1`);
  }
  const root = translated(
    () => fromBase64(encoded),
    (cause) => malformed("root is not base64", cause),
  );
  if (root.length !== 32) throw malformed(`root has ${root.length} bytes; SHA-256 has 32`);
  return { origin, size: Number(decimal), root };
}

export function bindCheckpoints(
  { openNote, signNote }: Notes,
  { parseVerifierKey }: VerifierKeyReading,
): Checkpoints {
  return {
    signCheckpoint: (checkpoint, key) => signNote(formatCheckpoint(checkpoint), checkpoint.origin, key),
    openCheckpoint(note, origin, keys) {
      const given = typeof keys === "string" || !Array.isArray(keys) ? [keys as string | Verifier] : keys;
      const all: Verifier[] = given.map((key) => (typeof key === "string" ? parseVerifierKey(key) : key));
      // A cosigner may sign the same note; only the log's own name speaks for the log.
      const { text } = openNote(
        note,
        all.filter(({ name }) => name === origin),
      );
      const checkpoint = parseCheckpoint(text);
      if (checkpoint.origin !== origin) {
        throw new CanonError("checkpoint-origin", `checkpoint is about ${checkpoint.origin}, not ${origin}`);
      }
      return checkpoint;
    },
  };
}
