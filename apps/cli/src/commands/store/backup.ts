import { BACKUP } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import { backupLines } from "../../domain/show/maintenance.ts";

/** `sigil store backup <file> [--since <file>]`: one moment of the store, as encrypted as it is, verified after it was written. */
export function storeBackup({ aroundStore, say }: Pick<Needs, "aroundStore" | "say">): Command {
  return {
    path: "store backup",
    action: "store.backup",
    group: "Administer",
    summary: "write a verified copy of the store, also while it runs",
    arguments: [{ usage: "<file>", summary: "a new file" }],
    options: [
      {
        flags: "--since <file>",
        summary: "write only what came after this backup or segment: a segment, for restore --segment",
      },
    ],
    examples: [
      "store backup /mnt/backup/sigil.db",
      "store backup /mnt/backup/monday.segment --since /mnt/backup/sigil.db",
    ],
    answer: BACKUP,
    async run(input) {
      say("copying the store and verifying the copy");
      const report = await aroundStore(input.settings).backup(input.argument("file"), input.option("since"));
      return { json: report, text: (style) => backupLines(report, style) };
    },
  };
}
