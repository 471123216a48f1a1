import { createHash } from "node:crypto";
import { CanonError, canonicalBytes, parseJson } from "@sigil/canon";
import { type MemoryLine, memoryLine } from "@sigil/wire";
import { z } from "zod";
import { writtenFile } from "../../domain/answer/shapes.ts";
import { type Command, invalid } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";

interface Line {
  readonly number: number;
  readonly block: MemoryLine;
}

/**
 * `sigil memory import <file>`: the blocks of an exported file as new blocks of the caller's own. Every line is read before the
 * first is written, and each is written once however often the file is imported.
 */
export function memoryImport({
  withDoor,
  readText,
  say,
}: Pick<Needs, "withDoor" | "readText" | "say">): Command {
  return {
    path: "memory import",
    action: "memory.write",
    group: "Act",
    summary: "write the memory blocks of an exported file as your own",
    arguments: [{ usage: "<file>", summary: "JSON Lines, as `sigil memory export` writes them" }],
    examples: ["memory import memory.jsonl"],
    answer: writtenFile({ written: z.int(), before: z.int() }),
    async run(input) {
      const file = input.argument("file");
      const lines = linesOf(file, readText(file));
      return withDoor(input.settings, "memory.write", async (door) => {
        let written = 0;
        for (const { number, block } of lines) {
          const { id: _, ...body } = block;
          const { body: answer } = await door
            .call("sigilderg POST /v1/memory", { body, idempotencyKey: keyOf(block) })
            .catch((error: unknown) => {
              say(`stopped at line ${number} of ${file}`);
              throw error;
            });
          if (!answer.replayed) written += 1;
          say(`line ${number} of ${lines.length}`);
        }
        const before = lines.length - written;
        return {
          json: { file, written, before },
          text: (style) => [
            `${style.good("written")}: ${written} memory blocks as ${door.licence?.principal}`,
            ...(before === 0 ? [] : [`${before} were written by an import before`]),
          ],
        };
      });
    },
  };
}

function linesOf(file: string, text: string): Line[] {
  return text.split("\n").flatMap((line, at): Line[] => {
    if (line.trim() === "") return [];
    const number = at + 1;
    let value: unknown;
    try {
      value = parseJson(line);
    } catch (error) {
      if (!(error instanceof CanonError)) throw error;
      throw invalid(`line ${number} of ${file} is no JSON: ${error.code}`, "Nothing was written.");
    }
    const { success, data, error } = memoryLine.safeParse(value);
    if (success) return [{ number, block: data }];
    const [issue] = error.issues;
    throw invalid(
      `line ${number} of ${file}: ${issue?.path.join(".") || "it"}: ${issue?.message}`,
      "Nothing was written.",
    );
  });
}

/** The same block of the same file has the same key: the id tells two blocks of one content apart. */
function keyOf(block: MemoryLine): string {
  return `import-${createHash("sha256").update(canonicalBytes(block)).digest("base64url")}`;
}
