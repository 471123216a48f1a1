import { type MemoryBlock, type ModuleContext, type RuleZeroOutput, ruleZero } from "@sigil/module-sdk";
import { JOURNAL, oneLine } from "./notes.ts";
import { refused } from "./refused.ts";

interface Writing {
  readonly text?: string;
  readonly type?: NonNullable<MemoryBlock["type"]>;
  readonly tags?: readonly string[];
}

/** Stages a note; it is stored with the run's Allow, and the output cites it. */
export async function written(
  { text, type = "episodic", tags = [] }: Writing,
  { memory }: Pick<ModuleContext, "memory">,
): Promise<RuleZeroOutput> {
  if (text === undefined || !/\S/.test(text))
    return refused("text-missing", "write needs text that says something");
  const all = [...new Set([JOURNAL, ...tags])];
  const { ref } = await memory.write({ text, type, tags: all });
  return ruleZero({
    context: [{ ref, note: "the note" }],
    reasoning: `The input is a note of ${[...text].length} characters, ${type}, tagged ${all.join(", ")}. It is stored as ${ref}, word for word.`,
    suggestion: `Noted: ${oneLine(text, 120)}`,
    verdict: "Allow",
    confidence: 1,
  });
}
