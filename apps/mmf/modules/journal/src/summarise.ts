import { type ModuleContext, type RuleZeroOutput, ruleZero } from "@sigil/module-sdk";
import { extract, type Statement } from "./extract.ts";
import { nothing } from "./list.ts";
import { citing, count, type Note, topicsOf } from "./notes.ts";
import { type Prose, proseOf } from "./prose.ts";

/**
 * What the notes say, each statement with the numbers of the notes that it rests on: a language model's where there is one and what
 * it says rests on the notes, and otherwise sentences of the notes themselves. The verdict is the same for both.
 * @param model undefined to ask none
 */
export async function summarised(
  notes: readonly Note[],
  tag: string,
  model: Pick<ModuleContext, "llm"> | undefined,
): Promise<RuleZeroOutput> {
  if (notes.length === 0) return nothing(tag);
  const prose: Prose = model === undefined ? { why: "prose-none" } : await proseOf(notes, model);
  const statements = "statements" in prose ? prose.statements : extract(notes);
  const cited = new Set(statements.flatMap(({ cites }) => cites));
  return ruleZero({
    context: citing(notes.filter(({ number }) => cited.has(number))),
    reasoning: [
      `Read ${count(notes.length, "note")} tagged ${tag}.`,
      account(prose, statements),
      ...shape(notes),
    ].join("\n"),
    suggestion:
      statements.map(({ text, cites }) => `- ${text} [${cites.join("][")}]`).join("\n") ||
      "The notes hold no words.",
    verdict: "Allow",
    confidence: "statements" in prose ? 0.6 : 0.8,
    audit: [
      {
        notes: notes.length,
        statements: statements.length,
        prose: "by" in prose ? prose.by.model || "model" : prose.why,
      },
    ],
  });
}

/** Who wrote the statements, and why not the other. */
function account(prose: Prose, statements: readonly Statement[]): string {
  if (!("statements" in prose)) {
    const why = WHY[prose.why] ?? "the language model did not answer";
    return `${prose.why}: ${why}, so what follows (${count(statements.length, "statement")}) stands in the notes, word for word.`;
  }
  const { by, dropped } = prose;
  const lost =
    dropped === 0
      ? ""
      : ` ${count(dropped, "further statement")} did not rest on the notes cited, and ${dropped === 1 ? "is" : "are"} left out.`;
  return `What follows (${count(statements.length, "statement")}) is in the words of ${by.model || "a language model"} (endpoint ${by.endpoint}); each was held against the notes that it cites.${lost}`;
}

const WHY: Readonly<Record<string, string>> = {
  "prose-none": "no language model was to be asked",
  "llm-not-configured": "no language model is configured",
  "answer-unreadable": "the language model did not answer as it was asked to",
  "answer-unsupported": "nothing that the language model said rests on the notes",
};

/** When the notes are from, and what they are about. */
function shape(notes: readonly Note[]): string[] {
  const topics = new Map<string, number>();
  for (const note of notes)
    for (const topic of topicsOf(note)) topics.set(topic, (topics.get(topic) ?? 0) + 1);
  const most = [...topics].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1)).slice(0, 12);
  const about = most.map(([topic, number]) => `${topic} (${number})`).join(", ");
  return [
    `They are from ${notes.at(-1)?.day} to ${notes[0]?.day}.`,
    ...(about === "" ? [] : [`Their tags: ${about}.`]),
  ];
}
