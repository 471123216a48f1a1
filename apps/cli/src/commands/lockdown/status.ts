import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { printable } from "../../domain/style.ts";

/** `sigil lockdown status`: whether this Sigil is in lockdown, since when, by whom and why. */
export function lockdownStatus({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "lockdown status",
    action: "audit.read",
    group: "Administer",
    summary: "whether this Sigil is in lockdown, since when, by whom and why",
    examples: ["lockdown status"],
    answer: "sigilderg GET /v1/lockdown",
    run: (input) =>
      withDoor(input.settings, "audit.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/lockdown");
        const { lockdown } = body;
        return {
          json: body,
          text: (style) =>
            lockdown === null
              ? [style.good("not in lockdown")]
              : [
                  `${style.bad("in lockdown")}  since ${lockdown.since} by ${lockdown.by}`,
                  `  ${printable(lockdown.reason)}`,
                ],
        };
      }),
  };
}
