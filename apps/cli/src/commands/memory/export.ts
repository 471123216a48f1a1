import { z } from "zod";
import { answerOf } from "../../domain/answer/answer.ts";
import { writtenFile } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil memory export`: every block that the caller may read, one line of JSON each, oldest first. */
export function memoryExport({ withDoor, writeText }: Pick<Needs, "withDoor" | "writeText">): Command {
  return {
    path: "memory export",
    action: "memory.export",
    group: "Act",
    summary: "export the memory blocks that you may read as JSON Lines",
    options: [
      { flags: "--out <file>", summary: "write to this file instead of standard output" },
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
      return withDoor(input.settings, "memory.export", async (door) => {
        const { body } = await door.call("sigilderg POST /v1/memory/export", {
          body: { ...(tag === undefined ? {} : { tag }), ...(kind === undefined ? {} : { kind }) },
        });
        const text = String(body);
        const lines = text.split("\n").filter((line) => line !== "");
        if (out === undefined) return { json: lines.map((line) => JSON.parse(line)), text: () => lines };
        writeText(out, text, input.flag("force"));
        return {
          json: { file: out, blocks: lines.length },
          text: (style) => [`${style.good("written")}: ${out} with ${lines.length} memory blocks`],
        };
      });
    },
  };
}
