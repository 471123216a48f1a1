import { CanonError, type Json, parseJson } from "@sigil/canon";
import { CliError } from "./error.ts";

/** More than any route takes: how much is too much for one, the runtime says by name. */
const MAX_BYTES = 1024 * 1024;

/** The JSON of a file, or of a word where `path` names that. @throws CliError `file-not-json` */
export function jsonFrom(path: string, text: string): Json {
  try {
    return parseJson(text, { maxBytes: MAX_BYTES });
  } catch (cause) {
    if (!(cause instanceof CanonError)) throw cause;
    throw new CliError(
      "file-not-json",
      `${path}: ${cause.code}: ${cause.message}`,
      "Correct it; nothing was sent, and nothing has changed.",
      { cause },
    );
  }
}
