import { memoryLine } from "@sigil/wire";
import type { Command } from "../../domain/command.ts";
import { IMPORTED, type Importing, importLines, PARTIAL } from "../../domain/line-import.ts";

/** `sigil memory import <file>`: the blocks of an exported file as new blocks of the caller's own. */
export function memoryImport(needs: Importing): Command {
  return {
    path: "memory import",
    action: "memory.write",
    group: "Act",
    summary: "write the memory blocks of an exported file as your own; again goes on where it stopped",
    arguments: [{ usage: "<file>", summary: "JSON Lines, as `sigil memory export` writes them" }],
    options: [PARTIAL],
    examples: ["memory import memory.jsonl", "memory import memory.jsonl --partial"],
    answer: IMPORTED,
    run: (input) =>
      importLines(needs, input, {
        action: "memory.write",
        what: "memory blocks",
        schema: memoryLine,
        async write(door, body, idempotencyKey) {
          return (await door.call("sigilderg POST /v1/memory", { body, idempotencyKey })).body;
        },
      }),
  };
}
