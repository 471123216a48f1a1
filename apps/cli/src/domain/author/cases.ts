import { parseJson } from "@sigil/canon";
import { atoms, type Rehearsal, type RehearsalAnswer, world } from "@sigil/wire";
import { z } from "zod";
import { CliError } from "../error.ts";

const verdict = z.enum(["Allow", "Deny", "Defer", "ManualReview"]);
const text = z.string().max(131_072);

const moduleCase = z.strictObject({
  name: z.string().min(1).max(128).describe("What holds, as a sentence."),
  input: atoms.json,
  world: world.prefault({}).describe("What the module finds when it asks."),
  level: atoms.loa.default("Operator").describe("Level of Access of the caller."),
  now: atoms.timestamp.default("2026-01-01T00:00:00.000Z").describe("Start of the run."),
  expect: z.strictObject({
    verdict: verdict.optional(),
    suggestion: text.optional().describe("The whole suggestion."),
    says: z.array(text.min(1)).max(64).optional().describe("Texts that reasoning or suggestion contain."),
    cites: z.array(z.string().max(256)).max(256).optional().describe("The refs of context, in order."),
    calls: z
      .array(z.string().max(64))
      .max(64)
      .optional()
      .describe("The methods of the host calls, in order."),
    code: atoms.code.optional().describe("Why the run failed."),
    refused: atoms.code.optional().describe("Why the input is refused before anything runs."),
  }),
});

const caseFile = z.strictObject({ v: z.literal(1), cases: z.array(moduleCase).min(1).max(256) });

export type ModuleCase = z.output<typeof moduleCase> & { readonly file: string };

const SHOWN = 4;

/** The cases of a file. It is data alone: it names no other file and runs nothing. @throws CliError `cases-invalid` */
export function readCases(file: string, content: string): ModuleCase[] {
  const invalid = (why: string) =>
    new CliError("cases-invalid", `${file}: ${why}`, "docs/guides/write-a-module.md says what a case is.");
  let value: unknown;
  try {
    value = parseJson(content, { maxBytes: 1024 * 1024 });
  } catch (error) {
    throw invalid((error as Error).message);
  }
  const parsed = caseFile.safeParse(value);
  if (parsed.success) return parsed.data.cases.map((each) => ({ ...each, file }));
  const issues = parsed.error.issues.map(({ path, message }) => `${path.map(String).join(".")}: ${message}`);
  const more = issues.length - SHOWN;
  throw invalid(`${issues.slice(0, SHOWN).join("; ")}${more > 0 ? `; and ${more} more` : ""}`);
}

/** In which ways an answer is not what its case expects; none for one that is. */
export function problemsOf({ expect }: ModuleCase, answer: RehearsalAnswer): string[] {
  if ("error" in answer) {
    const { code, message } = answer.error;
    return code === expect.refused ? [] : [`${code}: ${message}`];
  }
  if (!("rehearsal" in answer)) return ["the sandbox answered something else than a run"];
  if (expect.refused !== undefined)
    return [`expected the input to be refused as ${expect.refused}, and it ran`];
  return [...differences(expect, answer.rehearsal)];
}

const shown = (value: unknown): string => JSON.stringify(value) ?? "nothing";

function* differences(expect: ModuleCase["expect"], run: Rehearsal): Generator<string> {
  const { output } = run;
  const facts: readonly [what: string, expected: unknown, actual: unknown][] = [
    ["code", expect.code, run.code],
    ["verdict", expect.verdict, run.verdict],
    ["suggestion", expect.suggestion, output.suggestion],
    ["calls", expect.calls, run.calls.map(({ method }) => method)],
    ["cites", expect.cites, output.context.map(({ ref }) => ref)],
  ];
  // A run that failed without being expected to says why before anything else.
  if (run.code !== undefined && expect.code === undefined) yield output.reasoning;
  for (const [what, expected, actual] of facts)
    if (expected !== undefined && shown(expected) !== shown(actual))
      yield `${what}: expected ${shown(expected)}, got ${shown(actual)}`;
  for (const words of expect.says ?? [])
    if (!output.reasoning.includes(words) && !output.suggestion.includes(words))
      yield `neither reasoning nor suggestion says ${shown(words)}`;
  if (!run.replay.same) yield `a replay from the recorded calls is another run: ${run.replay.detail}`;
}
