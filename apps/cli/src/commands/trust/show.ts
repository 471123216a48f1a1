import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { printable } from "../../domain/style.ts";
import { table } from "../../domain/table.ts";

/** `sigil trust show`: the caller's standing, and its score beside the threshold of every action. */
export function trustShow({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "trust show",
    action: "trust.read",
    group: "Prove",
    summary: "show your standing, and your score beside the threshold of every action",
    examples: ["trust show"],
    answer: "sigilderg GET /v1/trust",
    run: (input) =>
      withDoor(input.settings, "trust.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/trust");
        const { principal, loa, model, reputation, incident, requestRate, actions } = body;
        return {
          json: body,
          text: (style) => [
            `${style.bold(printable(principal))} (${loa})  ${style.dim(model.id)}`,
            ...table(
              [
                [
                  "reputation",
                  `${reputation.value.toFixed(3)} from evidence ${reputation.good} good, ${reputation.bad} bad`,
                ],
                ["incident", incident ? style.bad("yes") : "none in 14 days"],
                ["request rate", requestRate.toFixed(2)],
              ],
              "  ",
            ),
            "",
            ...table([
              ["ACTION", "SCORE", "NEEDS", ""].map(style.dim),
              ...actions.map(({ action, score, threshold, allowed }) => [
                action,
                score.toFixed(3),
                threshold.toFixed(1),
                allowed ? style.good("allowed") : style.bad("below the threshold"),
              ]),
            ]),
          ],
        };
      }),
  };
}
