import { type Command, invalid } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { table } from "../../domain/table.ts";

/** What each command decides, and what comes of it. */
const DECISIONS = {
  approve: {
    verdict: "approved",
    summary: "approve a held run of another: it is replayed, and what it asked to write is written",
    why: "I read the two notes",
  },
  deny: {
    verdict: "denied",
    summary: "deny a held run of another: what it asked to write never is",
    why: "the source is not ours",
  },
} as const;

/** `sigil review approve|deny <run> --reason …`: decided once, recorded with the reason. */
export function reviewDecide(
  word: keyof typeof DECISIONS,
  { withDoor, signal }: Pick<Needs, "withDoor" | "signal">,
): Command {
  const { verdict, summary, why } = DECISIONS[word];
  return {
    path: `review ${word}`,
    action: "review.decide",
    group: "Govern",
    summary,
    arguments: [{ usage: "<run>", summary: "id of the run, as `sigil review list` shows it" }],
    options: [{ flags: "--reason <text>", summary: "why; it is recorded and stays" }],
    examples: [`review ${word} 01a20aa4-5270-7021-a3bb-82fc72a97e42 --reason '${why}'`],
    answer: "sigilderg POST /v1/reviews/:id/decision",
    run(input) {
      const id = input.argument("run");
      const reason = input.option("reason")?.trim() ?? "";
      if (reason === "") throw invalid("a review needs --reason", `For example: --reason '${why}'`);
      return withDoor(input.settings, "review.decide", async (door) => {
        const { body } = await door.call("sigilderg POST /v1/reviews/:id/decision", {
          params: { id },
          body: { verdict, reason },
          signal,
        });
        return {
          json: body,
          text: (style) => [
            `${style[verdict === "approved" ? "good" : "bad"](verdict)} run ${body.run}`,
            ...table(
              [
                ["record", body.record],
                ["decision", body.decision],
                ...body.writes.map((write) => ["written", write.id]),
              ],
              "  ",
            ),
          ],
        };
      });
    },
  };
}
