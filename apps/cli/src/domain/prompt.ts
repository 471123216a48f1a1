import type { Secret } from "@sigil/crypto";

/** Which passphrase is wanted. */
export interface PassphraseAsk {
  /** What it opens, in words. */
  readonly what: string;
  /** The file that --passphrase-file names. */
  readonly file: string | undefined;
  /** A new one: asked for twice, and refused when it is short. */
  readonly fresh?: boolean;
}

/** The person at the terminal. */
export interface Prompt {
  /** What they answer to a question; undefined where nobody can be asked. */
  readonly answer: (question: string) => Promise<string | undefined>;
  /**
   * The passphrase from the named file, from SIGIL_PASSPHRASE_FILE, from SIGIL_PASSPHRASE or from the person, in this order.
   * Throws CliError `passphrase-missing`, `passphrase-weak`, `passphrase-differs`, `file-exposed`, and what a file gives.
   */
  readonly passphrase: (wanted: PassphraseAsk) => Promise<Secret>;
}
