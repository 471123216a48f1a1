import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { memoryLines } from "../../domain/show/memory.ts";

/** `sigil memory list`: blocks that the caller may read, newest first. */
export function memoryList({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "memory list",
    action: "memory.read",
    group: "Act",
    summary: "list memory blocks that you may read",
    options: [
      { flags: "--limit <n>", summary: "at most this many, 1 to 200" },
      { flags: "--cursor <cursor>", summary: "go on where an earlier list ended" },
      { flags: "--tag <tag>", summary: "only blocks with this tag" },
      {
        flags: "--kind <kind>",
        summary: "only blocks of this kind",
        choices: ["episodic", "semantic", "procedural"],
      },
    ],
    examples: ["memory list --tag project", "memory list --kind semantic --limit 20 --json"],
    answer: "sigilderg GET /v1/memory",
    run: (input) =>
      withDoor(input.settings, "memory.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/memory", {
          query: {
            limit: input.count("limit", 1, 200),
            cursor: input.option("cursor"),
            tag: input.option("tag"),
            kind: input.option("kind"),
          },
        });
        return {
          json: body,
          text: (style) => [
            ...(body.blocks.length === 0
              ? ["no memory blocks"]
              : body.blocks.flatMap((block) => memoryLines(block, style))),
            ...(body.next === null ? [] : [style.dim(`more: --cursor ${body.next}`)]),
          ],
        };
      }),
  };
}
