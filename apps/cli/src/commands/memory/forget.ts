import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { erasureLines } from "../../domain/show/erasure.ts";

/** `sigil memory forget <id>`: destroys the key of one block of the caller's own stream; without --yes a preview. */
export function memoryForget({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "memory forget",
    action: "memory.forget",
    group: "Act",
    summary: "erase one of your memory blocks for ever; shows what would go unless --yes",
    arguments: [{ usage: "<id>", summary: "id of the block" }],
    options: [{ flags: "--yes", summary: "erase it; there is no way back" }],
    examples: [
      "memory forget 01a20aa4-5270-7021-a3bb-82fc72a97e42",
      "memory forget 01a20aa4-5270-7021-a3bb-82fc72a97e42 --yes",
    ],
    answer: "sigilderg POST /v1/memory/:id/forget",
    run: (input) =>
      withDoor(input.settings, "memory.forget", async (door) => {
        const { body } = await door.call("sigilderg POST /v1/memory/:id/forget", {
          params: { id: input.argument("id") },
          body: { preview: !input.flag("yes") },
        });
        return { json: body, text: (style) => erasureLines(body, style) };
      }),
  };
}
