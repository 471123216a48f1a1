import { MIGRATE } from "../../domain/answer/shapes.ts";
import type { Command } from "../../domain/command.ts";
import { EXIT } from "../../domain/exit.ts";
import type { Needs } from "../../domain/needs.ts";
import { migrateLines } from "../../domain/show/maintenance.ts";

/** `sigil store migrate <file.jsonl>`: every line is written, found again, or reported with the reason why not. */
export function storeMigrate({ aroundStore, say }: Pick<Needs, "aroundStore" | "say">): Command {
  return {
    path: "store migrate",
    action: "store.migrate",
    group: "Administer",
    summary: "take over the records of an older store, one JSON object a line; the store must be stopped",
    arguments: [{ usage: "<file>", summary: "a JSONL file" }],
    options: [{ flags: "--dry-run", summary: "write nothing; the report is the same" }],
    examples: ["store migrate old.jsonl --dry-run"],
    answer: MIGRATE,
    async run(input) {
      say("reading the older store");
      const report = await aroundStore(input.settings).migrate(input.argument("file"), input.flag("dryRun"));
      return {
        json: report,
        text: (style) => migrateLines(report, style),
        exit: report.rejected.length === 0 ? EXIT.done : EXIT.refused,
      };
    },
  };
}
