import { canonLine } from "@sigil/wire";
import type { Command } from "../../domain/command.ts";
import { CliError } from "../../domain/error.ts";
import { IMPORTED, type Importing, importLines, PARTIAL } from "../../domain/line-import.ts";
import type { FileLine } from "../../domain/needs.ts";

/** `sigil canon import <file>`: lines of a file as canon entries of the caller's own, in user space. */
export function canonImport(needs: Importing): Command {
  return {
    path: "canon import",
    action: "canon.write",
    group: "Act",
    summary: "write the canon entries of a file as your own; again goes on where it stopped",
    arguments: [
      {
        usage: "<file>",
        summary:
          "JSON Lines, each {slug, title, text, source?, tags?, stream?, loa?, id?}; a stream is one below canon/<you>/",
      },
    ],
    options: [PARTIAL],
    examples: ["canon import entries.jsonl", "canon import entries.jsonl --partial"],
    answer: IMPORTED,
    run: (input) =>
      importLines(needs, input, {
        action: "canon.write",
        what: "canon entries",
        schema: canonLine,
        requireForm: requireNoBundle,
        refused({ stream }, principal) {
          const own = `canon/${principal}/`;
          if (stream === undefined || (stream.startsWith(own) && stream !== own)) return undefined;
          return { code: "stream-not-own", detail: `${stream} is not a stream below ${own}` };
        },
        async write(door, entry, idempotencyKey) {
          const body = { entries: [entry] };
          return (await door.call("sigilderg POST /v1/canon", { body, idempotencyKey })).body;
        },
      }),
  };
}

const BUNDLE_TYPE = /^(\{"v":1,)?\s*"type":\s*"sigil-proof-bundle",/;

/**
 * A proof bundle is of records as they are, with who wrote them; a line is new text of whoever imports it. What of a bundle
 * is to become that is the importer's to say.
 * @throws CliError `file-is-bundle`
 */
function requireNoBundle(line: FileLine, file: string): void {
  if (!BUNDLE_TYPE.test("text" in line ? line.text : (line.start ?? ""))) return;
  throw new CliError(
    "file-is-bundle",
    `${file} is a proof bundle, as \`sigil canon export\` writes it, not one entry on each line`,
    `Check it with \`sigil verify\`, and make lines of the entries to be your own: jq -c '.entries[].record.record | select(.kind == "canon.entry") | .payload + {id, loa}' ${file}`,
  );
}
