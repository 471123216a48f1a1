import { sourced } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { fromRuntime, ownPolicy } from "../../domain/policy-source.ts";
import { policyLines } from "../../domain/show/policy.ts";

/** `sigil policy show`: the action table of the running Sigil, or this command's own where none runs. */
export function policyShow({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "policy show",
    action: "local.run",
    group: "Administer",
    summary: "print the action table: who may do what, and what is kept of it",
    examples: ["policy show", "policy show --json"],
    answer: sourced("sigilderg GET /v1/policy"),
    async run(input) {
      const sourced = await fromRuntime(
        withDoor,
        input.settings,
        "policy.read",
        async (door) => (await door.call("sigilderg GET /v1/policy")).body,
        ownPolicy,
      );
      const { from, answer } = sourced;
      return { json: { from, ...answer }, text: (style) => policyLines(sourced, style) };
    },
  };
}
