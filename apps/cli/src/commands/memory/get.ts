import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { memoryLines } from "../../domain/show/memory.ts";

/** `sigil memory get <id>`: one block, if the caller may know of it. */
export function memoryGet({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "memory get",
    action: "memory.read",
    group: "Act",
    summary: "show one memory block",
    arguments: [{ usage: "<id>", summary: "id of the block" }],
    examples: ["memory get 01a20aa4-5270-7021-a3bb-82fc72a97e42"],
    answer: "sigilderg GET /v1/memory/:id",
    run: (input) =>
      withDoor(input.settings, "memory.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/memory/:id", {
          params: { id: input.argument("id") },
        });
        return {
          json: body,
          text: (style) => [...memoryLines(body, style), style.dim(`  leaf ${body.index}  ${body.hash}`)],
        };
      }),
  };
}
