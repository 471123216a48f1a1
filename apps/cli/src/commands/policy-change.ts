import type { JsonObject } from "@sigil/canon";
import { type Command, type Input, invalid } from "../domain/command.ts";
import { GOVERNING, govern, reasonOf } from "../domain/govern.ts";
import { jsonFrom } from "../domain/json-file.ts";
import type { Needs } from "../domain/needs.ts";

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
    async run(input) {
      const request = wantedOf(input, readText, "rows", "actions");
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

/**
 * The request of a change that brings a whole value in a file, or an earlier version again. The file holds the value, or an
 * object that has it as `shown`, as the command prints that shows what is in force.
 */
export function wantedOf(
  input: Input,
  readText: (path: string) => string,
  field: string,
  shown: string,
): JsonObject {
  const file = input.argumentOr("file") ?? "";
  const revert = input.count("revert", 0, Number.MAX_SAFE_INTEGER);
  if ((file === "") === (revert === undefined))
    throw invalid(
      "a change brings a file, or says which version comes back",
      "Name a file with the whole value, or --revert <version>.",
    );
  if (revert !== undefined) return { revert };
  const value = jsonFrom(file, readText(file));
  const inside = typeof value === "object" && value !== null && shown in value;
  return { [field]: inside ? ((value as JsonObject)[shown] ?? null) : value };
}
