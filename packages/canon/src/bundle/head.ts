import { CanonError } from "../error.ts";
import { type Checkpoint, parseCheckpoint } from "../note/checkpoint.ts";
import { openCosignaturesWith } from "../note/cosignature.ts";
import { openNoteWith } from "../note/notes.ts";
import { type NoteSignature, splitNote } from "../note/text.ts";
import { ALGORITHM, type KeyNaming, type Verifier } from "../note/verifier-key.ts";
import type { TrustFile } from "../trust/trust-file.ts";
import type { ProofBundle } from "./bundle-file.ts";
import type { Keyring } from "./keyring.ts";
import { NotChecked, Refusal } from "./steps.ts";

/** The checkpoint of a bundle with what was signed. */
export interface Head extends Checkpoint {
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** The checks of a bundle's checkpoint, before any leaf is looked at. */
export interface HeadChecks {
  /** That a pinned log key claims the checkpoint, and that the log is one of the trust file's. */
  requireTrusted(bundle: ProofBundle, trust: TrustFile, ring: Keyring): string;
  /** The checkpoint, when a log key for its size signed it. */
  open(bundle: ProofBundle, ring: Keyring, pinned: boolean): Head;
  /** That as many pinned cosigners signed as the trust file asks for. */
  requireCosigned(bundle: ProofBundle, head: Head, trust: TrustFile): string;
}

export function bindHeadChecks({ parseCosignerKey, verifierOf }: KeyNaming): HeadChecks {
  const verifiers = (bundle: ProofBundle, ring: Keyring, size?: number): Verifier[] =>
    ring.logKeys(size).map((key) => verifierOf(ALGORITHM.note, bundle.origin, key));
  const among = (keys: readonly Verifier[], given: { name: string; keyHash: string }) =>
    keys.some(({ keyHash, name }) => name === given.name && keyHash === given.keyHash);

  return {
    requireTrusted(bundle, trust, ring) {
      const keys = verifiers(bundle, ring);
      if (!splitNote(bundle.checkpoint).signatures.some((line) => among(keys, line)))
        throw new Refusal("the checkpoint carries no signature by a pinned log key", "key-not-pinned");
      if (!trust.epochs.some(({ origin }) => origin === bundle.origin))
        throw new Refusal(`the trust file knows no log ${bundle.origin}`, "origin-not-pinned");
      return `trust file of ${trust.runtimeId} pins the log key of ${bundle.origin}`;
    },

    open(bundle, ring, pinned) {
      const keys = verifiers(bundle, ring);
      if (keys.length === 0) {
        if (pinned) throw new Refusal("the trust file pins no log key", "key-not-pinned");
        throw new NotChecked("the bundle names no log key, so its checkpoint was not checked");
      }
      const { text, verified } = openNoteWith(bundle.checkpoint, keys);
      const checkpoint = parseCheckpoint(text);
      if (checkpoint.origin !== bundle.origin) {
        const message = `checkpoint is about ${checkpoint.origin}, not ${bundle.origin}`;
        throw new CanonError("checkpoint-origin", message);
      }
      // The size is only believed once a log key signed it; then the key must be the one for that size.
      const forSize = verifiers(bundle, ring, checkpoint.size);
      if (!verified.some((each) => among(forSize, each)))
        throw new Refusal(
          `the log key is not pinned for a checkpoint of ${checkpoint.size} leaves`,
          "key-not-pinned",
        );
      return { ...checkpoint, text, signatures: splitNote(bundle.checkpoint).signatures };
    },

    requireCosigned({ cosignatures }, { signatures, text }, { cosigners }) {
      if (cosigners === undefined) return "the trust file asks for no cosigner";
      const keys = cosigners.keys.map(parseCosignerKey);
      const found = openCosignaturesWith(text, [...signatures, ...cosignatures], keys);
      if (found.length < cosigners.threshold) {
        const message = `cosigned by ${found.length} pinned cosigners; the trust file asks for ${cosigners.threshold}`;
        throw new Refusal(message, "cosignature-missing");
      }
      return `cosigned by ${found.map(({ name, time }) => `${name} at ${time}`).join(", ")} (Unix seconds)`;
    },
  };
}
