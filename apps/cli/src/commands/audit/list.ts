import type { AuditEntry } from "@sigil/wire";
import type { Command } from "../../domain/command.ts";
import { moment } from "../../domain/moment.ts";
import type { Needs } from "../../domain/needs.ts";
import { AUDIT_FILTERS, auditFilter, auditRow } from "../../domain/show/audit.ts";
import { table } from "../../domain/table.ts";

/** Pages of one listing at most that a filter left short; then the cursor says where to go on. */
const MOST_PAGES = 50;

/** `sigil audit list`: what was decided, about whom, and what became of it; newest first. */
export function auditList({ withDoor, say }: Pick<Needs, "withDoor" | "say">): Command {
  return {
    path: "audit list",
    action: "audit.read",
    group: "Prove",
    summary: "list decisions with what became of them, newest first",
    options: [
      ...AUDIT_FILTERS,
      { flags: "--decision <id>", summary: "only this decision" },
      { flags: "--since <time>", summary: "only from this time on, such as 2026-11-22 or 2026-11-22T12:00Z" },
      { flags: "--until <time>", summary: "only before this time" },
      { flags: "--after <leaf>", summary: "only what was recorded after this leaf" },
      { flags: "--oldest-first", summary: "in the order of the log" },
      { flags: "--limit <n>", summary: "about this many, 1 to 200 (default 50); a batch is not divided" },
      { flags: "--cursor <cursor>", summary: "go on where an earlier list ended" },
    ],
    examples: ["audit list --limit 20", "audit list --since 2026-11-22 --verdict deny --json"],
    answer: "sigilderg GET /v1/audit",
    run: (input) =>
      withDoor(input.settings, "audit.read", async (door) => {
        const limit = input.count("limit", 1, 200) ?? 50;
        const entries: AuditEntry[] = [];
        let cursor = input.option("cursor");
        for (let page = 0; page < MOST_PAGES; page += 1) {
          const { body } = await door.call("sigilderg GET /v1/audit", {
            query: {
              ...auditFilter(input),
              decision: input.option("decision"),
              since: moment(input, "since"),
              until: moment(input, "until"),
              after: input.count("after", 0, Number.MAX_SAFE_INTEGER),
              order: input.flag("oldestFirst") ? "asc" : undefined,
              limit: limit - entries.length,
              cursor,
            },
          });
          entries.push(...body.entries);
          cursor = body.next ?? undefined;
          if (cursor === undefined || entries.length >= limit) break;
          say(`${entries.length} of ${limit} found; looking further`);
        }
        return {
          json: { entries, next: cursor ?? null },
          text: (style) => [
            ...(entries.length === 0 ? ["no decisions"] : []),
            ...table(entries.map((entry) => auditRow(entry, style))),
            ...(cursor === undefined ? [] : [style.dim(`more: --cursor ${cursor}`)]),
          ],
        };
      }),
  };
}
