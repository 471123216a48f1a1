import { createHash } from "node:crypto";
import { CanonError, canonicalBytes, parseJson } from "@sigil/canon";
import { type MemoryLine, memoryLine } from "@sigil/wire";
import { z } from "zod";
import { writtenFile } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import { EXIT } from "../../domain/exit.ts";
import type { FileLine, Needs } from "../../domain/needs.ts";
import { printable, type Style } from "../../domain/style.ts";

interface Rejected {
  readonly line: number;
  readonly code: string;
  readonly detail: string;
}

/**
 * `sigil memory import <file>`: the blocks of an exported file as new blocks of the caller's own. Every line is looked at before
 * the first is written, each is written once however often the file is imported, and the file is never held as a whole: an import
 * that was interrupted goes on when it is repeated.
 */
export function memoryImport({
  withDoor,
  readLines,
  progress,
  say,
}: Pick<Needs, "withDoor" | "readLines" | "progress" | "say">): Command {
  return {
    path: "memory import",
    action: "memory.write",
    group: "Act",
    summary: "write the memory blocks of an exported file as your own; again goes on where it stopped",
    arguments: [{ usage: "<file>", summary: "JSON Lines, as `sigil memory export` writes them" }],
    options: [{ flags: "--partial", summary: "write the lines that are good although others are not" }],
    examples: ["memory import memory.jsonl", "memory import memory.jsonl --partial"],
    answer: writtenFile({
      written: z.int(),
      before: z.int(),
      rejected: z.array(z.strictObject({ line: z.int(), code: z.string(), detail: z.string() })),
    }),
    async run(input) {
      const file = input.argument("file");
      const rejected: Rejected[] = [];
      let total = 0;
      for await (const line of readLines(file)) {
        const read = blockOf(line);
        if (read === undefined) continue;
        if ("code" in read) rejected.push(read);
        else total += 1;
      }
      const nothing = rejected.length > 0 && !input.flag("partial");
      if (nothing)
        return {
          json: { file, written: 0, before: 0, rejected },
          text: (style) => [
            ...rejectedLines(rejected, style),
            `${style.bad("nothing was written")}: ${rejected.length} lines of ${file} are no memory blocks`,
            "Correct them, or write the others alone: --partial",
          ],
          exit: EXIT.usage,
        };
      return withDoor(input.settings, "memory.write", async (door) => {
        let written = 0;
        let done = 0;
        for await (const line of readLines(file)) {
          const read = blockOf(line);
          if (read === undefined || "code" in read) continue;
          const { id: _, ...body } = read;
          const { body: answer } = await door
            .call("sigilderg POST /v1/memory", { body, idempotencyKey: keyOf(read) })
            .catch((error: unknown) => {
              say(`stopped at line ${line.number} of ${file}; the same command goes on from there`);
              throw error;
            });
          if (!answer.replayed) written += 1;
          done += 1;
          progress({ what: "memory blocks", done, total });
        }
        const before = done - written;
        return {
          json: { file, written, before, rejected },
          text: (style) => [
            ...rejectedLines(rejected, style),
            `${style.good("written")}: ${written} memory blocks as ${door.licence?.principal}`,
            ...(before === 0 ? [] : [`${before} were written by an import before`]),
          ],
          exit: rejected.length === 0 ? EXIT.done : EXIT.refused,
        };
      });
    },
  };
}

/** The block of a line; undefined for an empty one. */
function blockOf(line: FileLine): MemoryLine | Rejected | undefined {
  const { number } = line;
  if ("code" in line) return { line: number, code: line.code, detail: line.detail };
  if (line.text.trim() === "") return undefined;
  let value: unknown;
  try {
    value = parseJson(line.text);
  } catch (error) {
    if (!(error instanceof CanonError)) throw error;
    return { line: number, code: "line-not-json", detail: error.code };
  }
  const { success, data, error } = memoryLine.safeParse(value);
  if (success) return data;
  const [issue] = error.issues;
  const where = issue?.path.join(".") || "it";
  return {
    line: number,
    code: "line-invalid",
    detail: `${where}: ${issue?.message ?? "is no memory block"}`,
  };
}

function rejectedLines(rejected: readonly Rejected[], style: Style): string[] {
  return rejected.map(
    ({ line, code, detail }) => `${style.bad("rejected")}  line ${line}  ${code}  ${printable(detail)}`,
  );
}

/** The same block of the same file has the same key: the id tells two blocks of one content apart. */
function keyOf(block: MemoryLine): string {
  return `import-${createHash("sha256").update(canonicalBytes(block)).digest("base64url")}`;
}
