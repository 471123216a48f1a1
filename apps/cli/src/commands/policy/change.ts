import { PROPOSED } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import { GOVERNING, govern, reasonOf } from "../../domain/govern.ts";
import type { Needs } from "../../domain/needs.ts";
import { wholeValueOf } from "../../domain/whole-value.ts";

/** `sigil policy change <file>`: another action table, or an earlier one again. */
export function policyChange({
  withDoor,
  quorumMode,
  readText,
}: Pick<Needs, "withDoor" | "quorumMode" | "readText">): Command {
  return {
    path: "policy change",
    action: "policy.change",
    group: "Govern",
    summary: "put another action table in force, or an earlier one again; in quorum mode propose it",
    arguments: [
      { usage: "[file]", summary: "the whole table as JSON: rows, or what `policy show --json` prints" },
    ],
    options: [{ flags: "--revert <version>", summary: "the version whose table comes back" }, ...GOVERNING],
    examples: [
      "policy change table.json --reason 'memory for mentors only'",
      "policy change --revert 0 --reason 'as it was'",
    ],
    answer: ["sigilderg POST /v1/policy", PROPOSED],
    async run(input) {
      const request = wholeValueOf(input, readText, "rows", "actions");
      const reason = reasonOf(input);
      return govern({ withDoor, quorumMode }, input, {
        action: "policy.change",
        request,
        async alone(door) {
          const { body } = await door.call("sigilderg POST /v1/policy", { body: { ...request, reason } });
          return {
            json: body,
            text: (style) => [
              `${style.good("in force")}  the action table of version ${body.version}, record ${body.record} (solo: one person decided)`,
              `What it says now: sigil policy show. Back again: sigil policy change --revert ${body.version - 1} --reason …`,
            ],
          };
        },
      });
    },
  };
}
