import { parseJson } from "@sigil/canon";
import { type CaseReport, decide, policyCases, policyDigest, runCases } from "@sigil/policy";
import type { Command } from "../domain/command.ts";
import { CliError } from "../domain/error.ts";
import { EXIT } from "../domain/exit.ts";
import type { Needs } from "../domain/needs.ts";
import { printable, type Style } from "../domain/style.ts";

/** `sigil policy test <file>`: asks the table every case of a file; fails also when a row is hit by none. */
export function policyTest({ readText }: Pick<Needs, "readText">): Command {
  return {
    path: "policy test",
    action: "local.run",
    group: "Administer",
    summary: "ask this command's table every case of a file, and name rows without one",
    arguments: [{ usage: "<file>", summary: "JSON as docs/reference/policy-cases.schema.json says" }],
    async run(input) {
      const file = input.argument("file");
      const cases = readCases(file, readText(file));
      const report = runCases(cases, decide);
      return {
        json: { policy: policyDigest(), cases: cases.length, ...report },
        text: (style) => reportLines(report, style),
        exit: report.ok ? EXIT.done : EXIT.refused,
      };
    },
  };
}

const SHOWN = 8;

/** @throws CliError `cases-invalid` naming the place of everything that is wrong, as far as a person can use it */
function readCases(file: string, text: string) {
  const parsed = policyCases.safeParse(parse(file, text));
  if (parsed.success) return parsed.data.cases;
  const issues = parsed.error.issues.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`);
  const more = issues.length - SHOWN;
  throw invalidCases(`${file}: ${issues.slice(0, SHOWN).join("; ")}${more > 0 ? `; and ${more} more` : ""}`);
}

function parse(file: string, text: string): unknown {
  try {
    return parseJson(new TextEncoder().encode(text), { maxBytes: 16 * 1024 * 1024 });
  } catch (error) {
    throw invalidCases(`${file}: ${(error as Error).message}`);
  }
}

function invalidCases(message: string): CliError {
  return new CliError(
    "cases-invalid",
    message,
    "docs/reference/policy-cases.schema.json says what a file of cases is.",
  );
}

function reportLines({ passed, failures, unhit, ok }: CaseReport, style: Style): string[] {
  return [
    ...failures.flatMap(({ id, problems }) => [
      `${style.bad("failed")}  ${printable(id)}`,
      ...problems.map((problem) => `        ${printable(problem)}`),
    ]),
    ...unhit.map((action) => `${style.bad("no case")}  ${action}`),
    `${ok ? style.good("ok") : style.bad("not ok")}: ${passed} cases passed, ${failures.length} failed, ${unhit.length} rows without a case`,
  ];
}
