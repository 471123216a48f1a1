import { Secret, utf8 } from "@sigil/crypto";
import { CliError } from "./error.ts";

/** Where a passphrase that no option names comes from, in this order: the environment, a file that it names, the person. */
export interface PassphraseSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Text of a file that nobody else may read. */
  readonly readPrivate: (path: string) => string;
  /** What a person types unseen; undefined where nobody sits at a terminal. */
  readonly ask: (question: string) => Promise<string | undefined>;
}

/** What a new passphrase has at least: NIST SP 800-63B-4 section 3.1.1.2, for one that stands alone. */
const LEAST = 15;

/**
 * The passphrase of a key file, from the file `named` if there is one. A `fresh` one has at least 15 characters, and a person types it twice.
 * @throws CliError `passphrase-missing`, `passphrase-refused`
 */
export async function passphraseOf(
  { env, readPrivate, ask }: PassphraseSources,
  what: string,
  fresh: boolean,
  named?: string,
): Promise<Secret> {
  const given = named === undefined ? env.SIGIL_PASSPHRASE : undefined;
  const file = named ?? env.SIGIL_PASSPHRASE_FILE;
  const asked = given === undefined && file === undefined;
  const text =
    given ?? (file === undefined ? await ask(`Passphrase of ${what}: `) : lineOf(readPrivate(file)));
  if (text === undefined)
    throw new CliError(
      "passphrase-missing",
      `${what} needs a passphrase, and nobody can be asked here`,
      "Set SIGIL_PASSPHRASE_FILE to a file that only you may read, or SIGIL_PASSPHRASE.",
    );
  if (text === "" || (fresh && [...text].length < LEAST))
    throw new CliError(
      "passphrase-refused",
      `the passphrase has ${[...text].length} characters; ${fresh ? `a new one has at least ${LEAST}` : "it cannot be empty"}`,
      "Several words that nobody has written down together do well.",
    );
  if (fresh && asked && (await ask("Once more: ")) !== text)
    throw new CliError("passphrase-refused", "the two passphrases differ", "Nothing was written; try again.");
  return Secret.from(utf8(text));
}

/** The first line: an editor ends it with a line feed that is no part of the passphrase. */
function lineOf(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? "";
}
