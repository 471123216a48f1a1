import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { printable } from "../../domain/style.ts";

/** `sigil decision explain <id>`: why, in sentences, and what would change the answer. */
export function decisionExplain({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "decision explain",
    action: "decision.explain",
    group: "Prove",
    summary: "explain a decision in sentences, with what would change it",
    arguments: [{ usage: "<id>", summary: "id of the decision" }],
    examples: ["decision explain 01a20aa4-5270-7021-a3bb-82fc72a97e42"],
    answer: "sigilderg GET /v1/decisions/:id/explanation",
    run: (input) =>
      withDoor(input.settings, "decision.explain", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/decisions/:id/explanation", {
          params: { id: input.argument("id") },
        });
        return {
          json: body,
          text: (style) => [
            body.verdict === "allow" ? style.good("allow") : style.bad("deny"),
            ...body.sentences.map((sentence) => `  ${printable(sentence)}`),
          ],
        };
      }),
  };
}
