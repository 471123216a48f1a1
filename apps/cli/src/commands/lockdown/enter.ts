import { type Command, invalid } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil lockdown enter --reason <why>`. */
export function lockdownEnter({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "lockdown enter",
    action: "lockdown.enter",
    group: "Administer",
    summary: "stop everything at once but reads, sessions and the revocation of licences",
    options: [{ flags: "--reason <why>", summary: "what happened; recorded for good" }],
    examples: ["lockdown enter --reason 'a module misbehaves'"],
    answer: "sigilderg POST /v1/lockdown",
    async run(input) {
      const reason = input.option("reason");
      if (reason === undefined || reason.trim() === "")
        throw invalid("--reason is missing", "Say why: sigil lockdown enter --reason <why>.");
      return withDoor(input.settings, "lockdown.enter", async (door) => {
        const { body } = await door.call("sigilderg POST /v1/lockdown", { body: { reason } });
        return {
          json: body,
          text: (style) => [`${style.good("locked down")}  by decision ${body.decision}`],
        };
      });
    },
  };
}
