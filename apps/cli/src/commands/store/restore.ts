import { RESTORE } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { restoreLines } from "../../domain/show/maintenance.ts";

/** `sigil store restore <file>`: goes back to a backup, says so in the log, and lists what nobody can know. */
export function storeRestore({ aroundStore, say }: Pick<Needs, "aroundStore" | "say">): Command {
  return {
    path: "store restore",
    action: "store.restore",
    group: "Administer",
    summary: "put a backup in the place of the stopped store; opens a new epoch",
    arguments: [{ usage: "<file>", summary: "a backup" }],
    options: [
      {
        flags: "--segment <file>",
        summary:
          "a segment that was made after the backup; may be repeated, in the order in which they were made",
        repeat: true,
      },
      {
        flags: "--export <file>",
        summary: "a proof bundle that remembers erasures and revocations from after the backup",
      },
    ],
    examples: ["store restore /mnt/backup/sigil.db"],
    answer: RESTORE,
    async run(input) {
      say("verifying the backup and opening a new epoch");
      const report = await aroundStore(input.settings).restore(input.argument("file"), {
        segments: input.repeated("segment"),
        exported: input.option("export"),
      });
      return { json: report, text: (style) => restoreLines(report, style) };
    },
  };
}
