import { type RuleZeroOutput, ruleZero } from "@sigil/module-sdk";
import { citing, count, JOURNAL, type Note, oneLine, topicsOf } from "./notes.ts";

/** Characters of a note that a list shows. */
const SHOWN = 240;

/** The notes, newest first, one a line, each cited. */
export function listed(notes: readonly Note[], tag: string): RuleZeroOutput {
  if (notes.length === 0) return nothing(tag);
  const lines = notes.map(({ number, day, text, type, tags }) => {
    const topics = topicsOf({ tags });
    return `[${number}] ${day} ${type}${topics.length === 0 ? "" : ` #${topics.join(" #")}`}: ${oneLine(text, SHOWN)}`;
  });
  return ruleZero({
    context: citing(notes),
    reasoning: `Read ${count(notes.length, "note")} tagged ${tag}, newest first; each line is the note of its number.`,
    suggestion: lines.join("\n"),
    verdict: "Allow",
    confidence: 1,
  });
}

/** Where there is no note, nothing is said about any. */
export function nothing(tag: string): RuleZeroOutput {
  const how = tag === JOURNAL ? "" : ` with the tag ${tag}`;
  return ruleZero({
    context: [],
    reasoning: `The memory of this principal holds no note${how}.`,
    suggestion: 'There are no notes yet. Write one: {"do": "write", "text": "…"}.',
    verdict: "Allow",
    confidence: 1,
  });
}
