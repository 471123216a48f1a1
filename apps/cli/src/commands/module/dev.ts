import { ROUND } from "../../domain/author/answers.ts";
import { type Built, build } from "../../domain/author/build.ts";
import { type CaseResult, casesOf, runCase } from "../../domain/author/rehearse.ts";
import { builtLines, caseStory } from "../../domain/author/show.ts";
import type { Rehearsals } from "../../domain/author/tools.ts";
import type { Command, Input, Result } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { shown } from "../../domain/render.ts";
import { printable } from "../../domain/style.ts";

/** `sigil module dev [folder]`: builds and runs the cases on every save, and shows what the module asked and what it cost. */
export function moduleDev({
  author,
  emitLine,
  signal,
}: Pick<Needs, "author" | "emitLine" | "signal">): Command {
  return {
    path: "module dev",
    action: "local.run",
    group: "Make modules",
    summary: "build and run a module's cases on every save, with each call and its cost",
    arguments: [{ usage: "[folder]", summary: "the module's folder (default the current one)" }],
    options: [{ flags: "--case <words>", summary: "only the cases with these words in their name" }],
    examples: ["module dev", "module dev release-notes"],
    answer: ROUND,
    several: true,
    async run(input) {
      const folder = input.argumentOr("folder") ?? ".";
      author.source(folder);
      const rehearsals = author.rehearsals(input.settings);
      let stale: () => void = () => undefined;
      let changed = new Promise<void>((resolve) => {
        stale = resolve;
      });
      author.watch(folder, signal, () => stale());
      const left = new Promise<void>((resolve) =>
        signal.addEventListener("abort", () => resolve(), { once: true }),
      );
      try {
        for (let round = 1; !signal.aborted; round += 1) {
          emitLine(await draw(author, rehearsals, input, folder, round));
          await Promise.race([changed, left]);
          changed = new Promise((resolve) => {
            stale = resolve;
          });
        }
      } finally {
        await rehearsals.close();
      }
      return { json: undefined, text: () => [] };
    },
  };
}

type Author = Needs["author"];

/** One round: what was built and every case, or why it does not build. */
async function draw(
  author: Author,
  rehearsals: Rehearsals,
  input: Input,
  folder: string,
  round: number,
): Promise<Result> {
  try {
    const built = await build(author, rehearsals, folder);
    const results: CaseResult[] = [];
    for (const each of casesOf(author, built.source.folder, input.option("case")))
      results.push(await runCase(rehearsals, built, each));
    return roundResult(built, results, round);
  } catch (error) {
    const { code, message, remedy } = shown(error);
    return {
      json: { round, error: { code, message, remedy } },
      text: (style) => [
        head(style.bold(`round ${round}`)),
        `${style.bad(code)}: ${printable(message)}`,
        `remedy: ${remedy}`,
        waiting(style.dim),
      ],
    };
  }
}

const head = (text: string) => `\n${text}`;
const waiting = (dim: (text: string) => string) => dim("waiting for a save; Ctrl-C ends it");

function roundResult(built: Built, results: readonly CaseResult[], round: number): Result {
  const failed = results.filter(({ problems }) => problems.length > 0).length;
  return {
    json: {
      round,
      digest: built.manifest.digest,
      cases: results.map(({ case: { name }, answer, problems }) => ({ name, problems, answer })),
      failed,
    },
    text: (style) => [
      head(style.bold(`round ${round}`)),
      ...builtLines(built, style),
      ...results.flatMap((result) => caseStory(result, style)),
      `${failed === 0 ? style.good("ok") : style.bad("not ok")}: ${results.length} cases, ${failed} failed`,
      waiting(style.dim),
    ],
  };
}
