import type { Command } from "../../domain/command.ts";
import { EXIT } from "../../domain/exit.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil run cancel <run>`: stops an open run of the caller; nothing that the run asked for is kept. */
export function runCancel({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "run cancel",
    action: "run.cancel",
    group: "Act",
    summary: "stop one of your open runs; nothing that it asked for is kept",
    arguments: [{ usage: "<run>", summary: "id of the run" }],
    examples: ["run cancel 01a20aa4-5270-7021-a3bb-82fc72a97e42"],
    answer: "sigilderg POST /v1/runs/:id/cancel",
    run: (input) =>
      withDoor(input.settings, "run.cancel", async (door) => {
        const { body } = await door.call("sigilderg POST /v1/runs/:id/cancel", {
          params: { id: input.argument("run") },
        });
        return {
          json: body,
          text: () => [
            body.stopped
              ? `run ${body.run} is stopped`
              : `run ${body.run} had ended before it could be stopped`,
          ],
          exit: body.stopped ? EXIT.done : EXIT.refused,
        };
      }),
  };
}
