import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { heldRow } from "../../domain/show/recorded-run.ts";
import { table } from "../../domain/table.ts";

/** `sigil review list`: the held runs that wait for a reviewer, the oldest first. */
export function reviewList({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "review list",
    action: "review.read",
    group: "Govern",
    summary: "list held runs that wait for a Mentor, the oldest first",
    options: [
      { flags: "--module <id>", summary: "only runs of this module" },
      { flags: "--principal <name>", summary: "only runs of this principal" },
      { flags: "--limit <n>", summary: "at most this many, 1 to 200 (default 50)" },
      { flags: "--cursor <cursor>", summary: "go on where an earlier list ended" },
    ],
    examples: ["review list", "review list --principal alice --json"],
    answer: "sigilderg GET /v1/reviews",
    run: (input) =>
      withDoor(input.settings, "review.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/reviews", {
          query: {
            module: input.option("module"),
            principal: input.option("principal"),
            limit: input.count("limit", 1, 200),
            cursor: input.option("cursor"),
          },
        });
        return {
          json: body,
          text: (style) => [
            ...(body.runs.length === 0 ? ["no held run waits for a review"] : []),
            ...table(body.runs.map((run) => heldRow(run, style))),
            ...(body.next === null ? [] : [style.dim(`more: --cursor ${body.next}`)]),
          ],
        };
      }),
  };
}
