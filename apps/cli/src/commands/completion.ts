import { z } from "zod";
import type { Command } from "../domain/command.ts";
import { complete } from "../domain/completion/complete.ts";
import { candidateLines, SCRIPTS, SHELLS, type Shell } from "../domain/completion/scripts.ts";
import type { Needs } from "../domain/needs.ts";

/** `sigil completion <shell>`: what makes a shell complete every command of `all`, and what that asks on each Tab. */
export function completion({ licences }: Pick<Needs, "licences">, all: () => readonly Command[]): Command {
  return {
    path: "completion",
    action: "local.run",
    group: "Run Sigil",
    summary: "print what makes bash, zsh or fish complete commands, flags and the names of this home",
    arguments: [
      { usage: "<shell>", summary: "the shell that reads it", choices: SHELLS },
      {
        usage: "[words...]",
        summary: "after --: the words of a line, to print what may complete the last of them",
      },
    ],
    examples: ["completion bash", "completion zsh", "completion fish", "completion bash -- memory w"],
    answer: [
      z.strictObject({ shell: z.enum(SHELLS), script: z.string() }),
      z.strictObject({
        paths: z.enum(["none", "files", "folders"]),
        words: z.array(z.strictObject({ word: z.string(), summary: z.string() })),
      }),
    ],
    async run(input) {
      const shell = input.argument("shell") as Shell;
      const words = input.rest("words");
      const script = SCRIPTS[shell];
      if (words.length === 0) return { json: { shell, script }, text: () => [script.trimEnd()] };
      const names = {
        licences: () =>
          licences({ ...input.settings, home: homeIn(words) ?? input.settings.home }).map(
            ({ name, claims }) => ({ word: name, summary: `${claims.loa} of ${claims.sub}` }),
          ),
      };
      const found = complete(all(), names, words);
      return { json: found, text: () => candidateLines(found) };
    },
  };
}

/** The home that the line being typed names. */
function homeIn(words: readonly string[]): string | undefined {
  const at = words.lastIndexOf("--home");
  return at < 0 || at >= words.length - 2 ? undefined : words[at + 1];
}
