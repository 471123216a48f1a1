import { MADE } from "../../domain/author/answers.ts";
import { requireModuleName } from "../../domain/author/name.ts";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil module new <name>`: a module that builds and passes its own tests, in a new folder. */
export function moduleNew({ author }: Pick<Needs, "author">): Command {
  return {
    path: "module new",
    action: "local.run",
    group: "Make modules",
    summary: "make a folder with a module, its test, its cases and its types",
    arguments: [
      { usage: "<name>", summary: "id of the module and name of the folder: [a-z0-9][a-z0-9._-]{0,63}" },
    ],
    examples: ["module new release-notes"],
    answer: MADE,
    async run(input) {
      const name = requireModuleName(input.argument("name"));
      const files = author.create(name, name);
      return {
        json: { folder: name, files },
        text: (style) => [
          `${style.good("made")}  ${name}/`,
          ...files.map((file) => `  ${file}`),
          `Next: ${style.bold(`cd ${name} && sigil module dev`)}`,
        ],
      };
    },
  };
}
