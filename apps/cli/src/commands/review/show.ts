import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { reviewDetailLines } from "../../domain/show/recorded-run.ts";

/** `sigil review show <run>`: why a run is held, what it read, said and asked to have written. */
export function reviewShow({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "review show",
    action: "review.read",
    group: "Govern",
    summary: "show a held run: why it is held, what it said and asked to have written",
    arguments: [{ usage: "<run>", summary: "id of the run, as `sigil review list` shows it" }],
    examples: ["review show 01a20aa4-5270-7021-a3bb-82fc72a97e42"],
    answer: "sigilderg GET /v1/reviews/:id",
    run: (input) =>
      withDoor(input.settings, "review.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/reviews/:id", {
          params: { id: input.argument("run") },
        });
        return { json: body, text: (style) => reviewDetailLines(body, style) };
      }),
  };
}
