import { CanonError, parseJson } from "@sigil/canon";
import {
  type ActionRow,
  actionRowSchema,
  BUILT_IN_POLICY,
  type CaseReport,
  decide,
  makePolicy,
  type Policy,
  policyCases,
  runCases,
  TRUST_MODEL,
} from "@sigil/policy";
import { z } from "zod";
import { CASES } from "../../domain/answer/shapes.ts";
import { type Command, type Input, invalid } from "../../domain/command.ts";
import type { WithDoor } from "../../domain/door.ts";
import { CliError } from "../../domain/error.ts";
import { EXIT } from "../../domain/exit.ts";
import { jsonFrom } from "../../domain/json-file.ts";
import type { Needs } from "../../domain/needs.ts";
import { fromRuntime, policyInForce, type Sourced } from "../../domain/policy-source.ts";
import { printable, type Style } from "../../domain/style.ts";

/**
 * `sigil policy test <file>`: asks a table every case of a file; fails also when a row is hit by none. The table in force where a
 * runtime runs, or one that is to be proposed.
 */
export function policyTest({ readText, withDoor }: Pick<Needs, "readText" | "withDoor">): Command {
  return {
    path: "policy test",
    action: "local.run",
    group: "Administer",
    summary: "ask the table in force every case of a file, and name rows without one",
    arguments: [{ usage: "<file>", summary: "JSON as docs/reference/policy-cases.schema.json says" }],
    options: [
      {
        flags: "--table <file>",
        summary: "ask this table instead: rows, or what `policy show --json` prints",
      },
      { flags: "--built-in", summary: "ask the table that this command was built with, whatever runs" },
    ],
    examples: ["policy test cases.json", "policy test cases.json --table table.json"],
    answer: CASES,
    async run(input) {
      const file = input.argument("file");
      const cases = readCases(file, readText(file));
      const { answer: policy, ...source } = await askedPolicy(input, withDoor, readText);
      const ask: typeof decide = (action, caller, facts, now) => decide(action, caller, facts, now, policy);
      const report = runCases(cases, ask, policy.rows);
      return {
        json: { ...source, policy: policy.digest, cases: cases.length, ...report },
        text: (style) => [...reportLines(report, style), style.dim(askedLine(source, policy))],
        exit: report.ok ? EXIT.done : EXIT.refused,
      };
    },
  };
}

/** The table that is asked: the one in force where a runtime says so, unless the words name another. */
async function askedPolicy(
  input: Input,
  withDoor: WithDoor,
  readText: (path: string) => string,
): Promise<Sourced<Policy> | (Omit<Sourced<Policy>, "from"> & { readonly from: "file" })> {
  const file = input.option("table");
  if (file !== undefined) return { from: "file", note: file, answer: tableOf(file, readText(file)) };
  const own = (): Policy => BUILT_IN_POLICY;
  if (input.flag("builtIn")) return { from: "command", note: "--built-in", answer: own() };
  return fromRuntime(withDoor, input.settings, "policy.read", policyInForce, own);
}

/** @throws CliError `argument-invalid`, PolicyError `table-invalid` */
function tableOf(file: string, text: string): Policy {
  const value = jsonFrom(file, text);
  const inside = typeof value === "object" && value !== null && "actions" in value ? value.actions : value;
  const rows = z.array(actionRowSchema).safeParse(inside);
  const [issue] = rows.error?.issues ?? [];
  const wrong = issue === undefined ? undefined : `${issue.path.map(String).join(".")}: ${issue.message}`;
  try {
    if (rows.success) return makePolicy(rows.data as ActionRow[], TRUST_MODEL);
  } catch (error) {
    // A table that no record holds has no digest.
    if (!(error instanceof CanonError)) throw error;
    throw invalid(
      `${file} is too large for an action table: ${error.message}`,
      "Shorten the notes of its rows.",
    );
  }
  throw invalid(
    `${file} is no action table: ${wrong}`,
    "docs/reference/action-table.schema.json says what a row is; `sigil policy show --json` prints the one in force.",
  );
}

function askedLine(
  { from, note }: { readonly from: string; readonly note?: string },
  { digest }: Policy,
): string {
  if (from === "runtime") return `asked of the table in force, ${digest}`;
  return from === "file"
    ? `asked of ${note}, ${digest}`
    : `asked of this command's own table, ${digest}: ${note}`;
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
