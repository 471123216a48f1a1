import { PROPOSED } from "../../domain/answer/shapes.ts";
import { type Command, invalid } from "../../domain/command.ts";
import { EXPIRES, govern } from "../../domain/govern.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil lockdown leave --reason <why>`. */
export function lockdownLeave({ withDoor, quorumMode }: Pick<Needs, "withDoor" | "quorumMode">): Command {
  return {
    path: "lockdown leave",
    action: "lockdown.leave",
    group: "Administer",
    summary: "let everything go on again; in quorum mode propose it",
    options: [{ flags: "--reason <why>", summary: "why it is safe; recorded for good" }, EXPIRES],
    examples: ["lockdown leave --reason 'the module is revoked'"],
    answer: ["sigilderg POST /v1/lockdown/end", PROPOSED],
    async run(input) {
      const reason = input.option("reason");
      if (reason === undefined || reason.trim() === "")
        throw invalid("--reason is missing", "Say why: sigil lockdown leave --reason <why>.");
      return govern({ withDoor, quorumMode }, input, {
        action: "lockdown.leave",
        request: { reason },
        async alone(door) {
          const { body } = await door.call("sigilderg POST /v1/lockdown/end", { body: { reason } });
          return {
            json: body,
            text: (style) => [`${style.good("open again")}  by decision ${body.decision}`],
          };
        },
      });
    },
  };
}
