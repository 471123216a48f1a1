import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { runViewLines } from "../../domain/show/recorded-run.ts";

/** `sigil run show <run>`: how a run of the caller's own stands and why, what it said, and its records. */
export function runShow({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "run show",
    action: "run.read",
    group: "Act",
    summary: "show one of your runs: how it stands and why, what it said, its records",
    arguments: [{ usage: "<run>", summary: "id of the run, as `sigil run list` shows it" }],
    examples: ["run show 01a20aa4-5270-7021-a3bb-82fc72a97e42"],
    answer: "sigilderg GET /v1/runs/:id",
    run: (input) =>
      withDoor(input.settings, "run.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/runs/:id", {
          params: { id: input.argument("run") },
        });
        return { json: body, text: (style) => runViewLines(body, style) };
      }),
  };
}
