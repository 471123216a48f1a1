import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { verdictText } from "../../domain/show/run.ts";
import { table } from "../../domain/table.ts";

/** `sigil run replay <run>`: executes a recorded run again from its recorded calls, and holds what comes out against the records. */
export function runReplay({ withDoor, signal }: Pick<Needs, "withDoor" | "signal">): Command {
  return {
    path: "run replay",
    action: "run.replay",
    group: "Act",
    summary: "execute a recorded run of yours again: the same output and verdict must come out",
    arguments: [{ usage: "<run>", summary: "id of the run" }],
    examples: ["run replay 01a20aa4-5270-7021-a3bb-82fc72a97e42"],
    answer: "sigilderg POST /v1/runs/:id/replay",
    run: (input) =>
      withDoor(input.settings, "run.replay", async (door) => {
        const { body } = await door.call("sigilderg POST /v1/runs/:id/replay", {
          params: { id: input.argument("run") },
          signal,
        });
        const { run, module, output, chain, hostCalls, usage } = body;
        return {
          json: body,
          text: (style) => [
            `${style.good("the same")}: run ${run} of ${module.id} came out again, byte for byte`,
            ...table(
              [
                ["verdict", verdictText(body, style)],
                ["output", output],
                ["chain", chain],
                ["module", module.digest],
                ["calls", `${hostCalls} host calls, answered from the record`],
                ["cost", `cpu ${usage.cpuMs} ms, wall ${usage.wallMs} ms`],
              ],
              "  ",
            ),
          ],
        };
      }),
  };
}
