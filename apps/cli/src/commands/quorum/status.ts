import { z } from "zod";
import { answerWith } from "../../domain/answer/answer.ts";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { table } from "../../domain/table.ts";

/** `sigil quorum status`: whether changes of this runtime need others, and who they are. */
export function quorumStatus({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "quorum status",
    action: "witness.read",
    group: "Govern",
    summary: "whether system writes need others here, how many, and who they are",
    examples: ["quorum status"],
    answer: answerWith("sigilderg GET /v1/quorum", { runtimeId: z.string() }),
    run: (input) =>
      withDoor(input.settings, "witness.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/quorum");
        const { runtimeId } = (await door.call("sigilderg GET /.well-known/sigil-keys")).body;
        const { mode, active, majority, version, ceremony } = body;
        return {
          json: { ...body, runtimeId },
          text: (style) =>
            mode === "solo"
              ? [
                  `${style.warn("solo")}  runtime ${runtimeId}`,
                  "One person changes everything here; every such write is marked solo.",
                  `There is a way into quorum mode and none back: ${style.bold("sigil quorum enter <proof> <proof> <proof>")}`,
                ]
              : [
                  `${style.good("quorum")}  runtime ${runtimeId}`,
                  `${active.length} witnesses are active, version ${version} of the set; a majority is ${majority}`,
                  ...table(
                    active.map(({ id, principal }) => [id, principal]),
                    "  ",
                  ),
                  style.dim(`entered by record ${ceremony?.id ?? "?"} at leaf ${ceremony?.index ?? "?"}`),
                  "What waits for them: sigil proposal list",
                ],
        };
      }),
  };
}
