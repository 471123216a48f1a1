import type { JsonObject } from "@sigil/canon";
import { type Input, invalid } from "./command.ts";
import { jsonFrom } from "./json-file.ts";

/**
 * The request of a change that brings a whole value in a file, or an earlier version again. The file holds the value, or an
 * object that has it as `shown`, as the command prints that shows what is in force.
 */
export function wholeValueOf(
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
