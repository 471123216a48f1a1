import { TESTED } from "../../domain/author/answers.ts";
import { build } from "../../domain/author/build.ts";
import { type CaseResult, casesOf, type GuardResult, guard, runCase } from "../../domain/author/rehearse.ts";
import { builtLines, caseLines, guardLines } from "../../domain/author/show.ts";
import type { Command } from "../../domain/command.ts";
import { EXIT } from "../../domain/exit.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil module test [folder]`: every case in the real sandbox, each replayed, and the module turned into attacks. */
export function moduleTest({ author, say }: Pick<Needs, "author" | "say">): Command {
  return {
    path: "module test",
    action: "local.run",
    group: "Make modules",
    summary: "run a module's cases in the real sandbox, and prove that it holds the module",
    arguments: [{ usage: "[folder]", summary: "the module's folder (default the current one)" }],
    options: [
      { flags: "--case <words>", summary: "only the cases with these words in their name, and no attacks" },
    ],
    examples: ["module test", 'module test --case "a stranger"'],
    answer: TESTED,
    async run(input) {
      const only = input.option("case");
      const rehearsals = author.rehearsals(input.settings);
      try {
        say("building");
        const built = await build(author, rehearsals, input.argumentOr("folder") ?? ".");
        const cases = casesOf(author, built.source.folder, only);
        const results: CaseResult[] = [];
        for (const each of cases) {
          say(each.name);
          results.push(await runCase(rehearsals, built, each));
        }
        const guards: GuardResult[] = [];
        const letIn = cases.find(({ expect }) => expect.refused === undefined);
        if (only === undefined && letIn !== undefined)
          for await (const result of guard(author, rehearsals, built, letIn)) guards.push(result);
        const failed =
          results.filter(({ problems }) => problems.length > 0).length +
          guards.filter(({ problem }) => problem !== undefined).length;
        return {
          json: {
            module: { id: built.manifest.id, version: built.manifest.version, digest: built.manifest.digest },
            cases: results.map(({ case: { name, file }, answer, problems }) => ({
              name,
              file,
              problems,
              answer,
            })),
            conformance: guards,
            failed,
          },
          text: (style) => [
            ...builtLines(built, style),
            ...[...Map.groupBy(results, (result) => result.case.file)].flatMap(([file, some]) => [
              "",
              style.bold(file),
              ...some.flatMap((each) => caseLines(each, style)),
            ]),
            ...(guards.length === 0 ? [] : ["", style.bold("the sandbox around this module")]),
            ...guards.flatMap((each) => guardLines(each, style)),
            "",
            `${failed === 0 ? style.good("ok") : style.bad("not ok")}: ${results.length} cases, each replayed; ${guards.length} attacks; ${failed} failed`,
          ],
          exit: failed === 0 ? EXIT.done : EXIT.refused,
        };
      } finally {
        await rehearsals.close();
      }
    },
  };
}
