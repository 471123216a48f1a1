import type { Command } from "../../domain/command.ts";
import { EXIT } from "../../domain/exit.ts";
import type { Needs } from "../../domain/needs.ts";
import { waterfallLines } from "../../domain/show/trust.ts";
import { printable } from "../../domain/style.ts";

/** `sigil trust check <action>`: what trust says of the caller for an action now, and how it comes about. */
export function trustCheck({ withDoor, licenceAbout }: Pick<Needs, "withDoor" | "licenceAbout">): Command {
  return {
    path: "trust check",
    action: "trust.check",
    group: "Prove",
    summary: "say whether trust allows an action, how the score comes about, what would change it",
    arguments: [{ usage: "<action>", summary: "an action of the table, such as memory.write" }],
    examples: ["trust check module.run"],
    answer: "sigilderg GET /v1/trust/:action",
    async run(input) {
      const action = input.argument("action");
      const { settings } = licenceAbout(input.settings, action) ?? input;
      const { body } = await withDoor(settings, "trust.check", (door) =>
        door.call("sigilderg GET /v1/trust/:action", { params: { action }, query: { explain: "true" } }),
      );
      const { principal, loa, threshold, score, allowed, explanation } = body;
      return {
        json: body,
        text: (style) => [
          `${style.bold(action)} ${allowed ? style.good("allowed") : style.bad("below the threshold")}  ${printable(principal)} (${loa})`,
          ...(threshold === null || score === null || explanation === undefined
            ? ["  no trust is asked for it"]
            : waterfallLines(explanation.waterfall, { score, threshold }, style)),
          ...(explanation?.counterfactual.map((sentence) => `  ${printable(sentence)}`) ?? []),
          style.dim("of trust alone; `sigil policy explain` asks for level, scope and quorum too"),
        ],
        exit: allowed ? EXIT.done : EXIT.refused,
      };
    },
  };
}
