import { z } from "zod";
import { answerOf } from "../../domain/answer/answer.ts";
import { writtenFile } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";

const NEWLINE = 0x0a;

/** `sigil memory export`: every block that the caller may read, one line of JSON each, oldest first. A file is never held. */
export function memoryExport({
  withDoor,
  writeParts,
  progress,
}: Pick<Needs, "withDoor" | "writeParts" | "progress">): Command {
  return {
    path: "memory export",
    action: "memory.export",
    group: "Act",
    summary: "export the memory blocks that you may read as JSON Lines",
    options: [
      { flags: "--out <file>", summary: "write to this file, of any length, instead of standard output" },
      { flags: "--force", summary: "replace the file if it exists" },
      { flags: "--tag <tag>", summary: "only blocks with this tag" },
      {
        flags: "--kind <kind>",
        summary: "only blocks of this kind",
        choices: ["episodic", "semantic", "procedural"],
      },
    ],
    examples: ["memory export --out memory.jsonl", "memory export --tag project"],
    answer: [z.array(answerOf("sigilderg GET /v1/memory/:id")), writtenFile({ blocks: z.int() })],
    async run(input) {
      const out = input.option("out");
      const tag = input.option("tag");
      const kind = input.option("kind") as "episodic" | "semantic" | "procedural" | undefined;
      const body = { ...(tag === undefined ? {} : { tag }), ...(kind === undefined ? {} : { kind }) };
      return withDoor(input.settings, "memory.export", async (door) => {
        if (out === undefined) {
          const answer = await door.call("sigilderg POST /v1/memory/export", { body });
          const lines = String(answer.body)
            .split("\n")
            .filter((line) => line !== "");
          return { json: lines.map((line) => JSON.parse(line)), text: () => lines };
        }
        let blocks = 0;
        const counted = async function* () {
          for await (const part of door.download("sigilderg POST /v1/memory/export", { body })) {
            for (const byte of part) if (byte === NEWLINE) blocks += 1;
            progress({ what: "memory blocks written", done: blocks });
            yield part;
          }
        };
        await writeParts(out, counted(), input.flag("force"));
        return {
          json: { file: out, blocks },
          text: (style) => [`${style.good("written")}: ${out} with ${blocks} memory blocks`],
        };
      });
    },
  };
}
