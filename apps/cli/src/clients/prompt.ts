import { Secret, utf8 } from "@sigil/crypto";
import { read } from "read";
import { CliError } from "../domain/error.ts";
import type { PassphraseAsk, Prompt } from "../domain/prompt.ts";

const LEAST_CHARACTERS = 12;

/**
 * Asks the person at the terminal, on standard error, so that a pipe of the result stays clean. Where nobody sits there, or
 * --json says that a program asks, nobody is asked.
 */
export function prompt(
  env: NodeJS.ProcessEnv,
  json: boolean,
  readPassphrase: (file: string) => string,
): Prompt {
  const somebody = process.stdin.isTTY === true && !json;
  const ask = (question: string, silent: boolean) =>
    read({ prompt: question, silent, output: process.stderr }).catch((cause: unknown) => {
      throw new CliError("interrupted", "nothing was entered, and nothing was done", "Begin again.", {
        cause,
      });
    });
  return {
    answer: async (question) => (somebody ? (await ask(`${question} `, false)).trim() : undefined),
    async passphrase(wanted) {
      const file = wanted.file ?? env.SIGIL_PASSPHRASE_FILE;
      if (file !== undefined && file !== "") return checked(readPassphrase(file), wanted);
      if (env.SIGIL_PASSPHRASE) return checked(env.SIGIL_PASSPHRASE, wanted);
      if (!somebody)
        throw new CliError(
          "passphrase-missing",
          `${wanted.what} is sealed with a passphrase, and there is no terminal to ask for it`,
          "Put it into a file that only you may read, and name that: --passphrase-file <file>.",
        );
      const first = await ask(`Passphrase of ${wanted.what}: `, true);
      if (wanted.fresh && (await ask("The same again: ", true)) !== first)
        throw new CliError(
          "passphrase-differs",
          "the two were not the same",
          "Begin again; nothing was written.",
        );
      return checked(first, wanted);
    },
  };
}

function checked(text: string, { fresh, what }: PassphraseAsk): Secret {
  const characters = [...text].length;
  if (fresh && characters < LEAST_CHARACTERS)
    throw new CliError(
      "passphrase-weak",
      `a passphrase of ${characters} characters would seal ${what}; at least ${LEAST_CHARACTERS} are asked for`,
      "Take four or five words that do not belong together.",
    );
  return Secret.from(utf8(text));
}
