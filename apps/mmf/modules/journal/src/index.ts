import { defineModule } from "@sigil/module-sdk";
import { INPUT, USES } from "./input.ts";
import { listed } from "./list.ts";
import { isTag, JOURNAL, readNotes } from "./notes.ts";
import { refused } from "./refused.ts";
import { summarised } from "./summarise.ts";
import { written } from "./write.ts";

/**
 * An agent's working notes: blocks of its memory that carry the tag `journal`. Every statement about them cites the notes it rests
 * on. What notes or a language model say decides nothing: each action has one verdict.
 */
export default defineModule({
  input: INPUT,
  capabilities: ["memory.write", "memory.list", "llm.complete"],
  limits: { cpuMs: 5_000, wallMs: 15_000, hostCalls: 4 },
  async run(input, ctx) {
    const unused = Object.keys(input).find((name) => name !== "do" && !USES[input.do].includes(name));
    if (unused !== undefined)
      return refused(
        "input-unused",
        `${input.do} does not use ${unused}; it uses ${USES[input.do].join(", ")}`,
      );
    const tag = [...(input.tags ?? []), ...(input.tag === undefined ? [] : [input.tag])].find(
      (each) => !isTag(each),
    );
    if (tag !== undefined)
      return refused("tag-invalid", `${JSON.stringify(tag)} is no tag; a tag is [a-z0-9][a-z0-9._-]*`);
    if (input.do === "write") return written(input, ctx);
    const { tag: only, limit } = input;
    const notes = await readNotes(ctx, { tag: only, limit: limit ?? (input.do === "list" ? 20 : 100) });
    if (input.do === "list") return listed(notes, only ?? JOURNAL);
    return summarised(notes, only ?? JOURNAL, input.prose === "none" ? undefined : ctx);
  },
});
