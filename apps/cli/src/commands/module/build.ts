import { BUILT } from "../../domain/author/answers.ts";
import { build } from "../../domain/author/build.ts";
import { builtLines } from "../../domain/author/show.ts";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil module build [folder]`: the unsigned package of a module. */
export function moduleBuild({ author, say }: Pick<Needs, "author" | "say">): Command {
  return {
    path: "module build",
    action: "local.run",
    group: "Make modules",
    summary: "check, bundle and describe a module: package/ is what is signed",
    arguments: [{ usage: "[folder]", summary: "the module's folder (default the current one)" }],
    examples: ["module build", "module build release-notes --json"],
    answer: BUILT,
    async run(input) {
      const folder = input.argumentOr("folder") ?? ".";
      say(`building ${folder}`);
      const rehearsals = author.rehearsals(input.settings);
      try {
        const built = await build(author, rehearsals, folder);
        const place = author.write(built.source.folder, built.files);
        const { id, version, digest } = built.manifest;
        return {
          json: {
            id,
            version,
            digest,
            folder: place,
            files: [...built.files.keys()].toSorted(),
            packages: built.bundle.packages,
          },
          text: (style) => [
            ...builtLines(built, style),
            `${style.good("built")}  ${place}, unsigned`,
            `Next: ${style.bold("sigil module sign --key <publisher key>")}`,
          ],
        };
      } finally {
        await rehearsals.close();
      }
    },
  };
}
