import { fromBase64url } from "@sigil/crypto/bytes";
import { CanonError } from "../error.ts";
import { type Checkpoint, parseCheckpoint } from "../note/checkpoint.ts";
import { openNoteWith } from "../note/notes.ts";
import { ALGORITHM, type KeyNaming } from "../note/verifier-key.ts";
import type { ReadPlatform } from "../platform.ts";
import type { PinnedKey } from "./trust-file.ts";

/** Checkpoints under log keys that are valid for a range of leaves each. */
export interface PinnedLog {
  /**
   * Opens checkpoints of one origin: the checkpoint of n leaves belongs to the key of leaf n − 1. What it returns throws as
   * `openCheckpoint` does, and `key-unknown` for one by a key that was not valid at its size.
   */
  checkpointsUnder(origin: string, pinned: readonly PinnedKey[]): (note: string) => Checkpoint;
}

/** Whether a pinned key is valid for a leaf. */
export function coversLeaf({ from, to }: Pick<PinnedKey, "from" | "to">, index: number): boolean {
  return from <= index && (to === null || index < to);
}

export function bindPinnedLog({ verifierOf }: KeyNaming, { verifyKey }: ReadPlatform): PinnedLog {
  return {
    checkpointsUnder(origin, pinned) {
      const keys = pinned.map((pin) => ({
        pin,
        verifier: verifierOf(ALGORITHM.note, origin, verifyKey(fromBase64url(pin.publicKey))),
      }));
      return (note) => {
        const { text, verified } = openNoteWith(
          note,
          keys.map(({ verifier }) => verifier),
        );
        const checkpoint = parseCheckpoint(text);
        if (checkpoint.origin !== origin)
          throw new CanonError(
            "checkpoint-origin",
            `checkpoint is about ${checkpoint.origin}, not ${origin}`,
          );
        const last = Math.max(0, checkpoint.size - 1);
        const signer = keys.find(
          ({ pin, verifier }) =>
            coversLeaf(pin, last) && verified.some(({ keyHash }) => keyHash === verifier.keyHash),
        );
        if (signer === undefined)
          throw new CanonError(
            "key-unknown",
            `the log key that signed is not valid for a checkpoint of ${checkpoint.size} leaves`,
          );
        return checkpoint;
      };
    },
  };
}
