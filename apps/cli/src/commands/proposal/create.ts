import type { JsonObject } from "@sigil/canon";
import { PROPOSED } from "../../domain/answer/shapes.ts";
import { type Command, invalid } from "../../domain/command.ts";
import { GOVERNING, propose } from "../../domain/govern.ts";
import { jsonFrom } from "../../domain/json-file.ts";
import type { Needs } from "../../domain/needs.ts";

/** `sigil proposal create <action>`: puts any action that others agree to, to them, by the body of its route. */
export function proposalCreate({ withDoor, readText }: Pick<Needs, "withDoor" | "readText">): Command {
  return {
    path: "proposal create",
    action: "proposal.create",
    group: "Govern",
    summary: "propose any action that others agree to, by the body of its route",
    arguments: [{ usage: "<action>", summary: "an action such as policy.change" }],
    options: [
      {
        flags: "--request <json>",
        summary: "the body of the action's own route as JSON, or @file with JSON",
      },
      ...GOVERNING,
    ],
    examples: ["proposal create policy.change --request @body.json --reason 'as agreed'"],
    answer: PROPOSED,
    async run(input) {
      const text = input.option("request");
      if (text === undefined)
        throw invalid(
          "a proposal needs --request",
          "The body of the action's own route: --request @body.json",
        );
      const file = text.startsWith("@") ? text.slice(1) : undefined;
      const value = file === undefined ? jsonFrom("--request", text) : jsonFrom(file, readText(file));
      if (typeof value !== "object" || value === null || Array.isArray(value))
        throw invalid(
          "--request is no JSON object",
          "The body of the action's own route: --request @body.json",
        );
      return propose(withDoor, input, { action: input.argument("action"), request: value as JsonObject });
    },
  };
}
