import type { ResponseOf } from "@sigil/wire";
import type { Command } from "../../domain/command.ts";
import { moment } from "../../domain/moment.ts";
import type { Needs } from "../../domain/needs.ts";
import { runRow } from "../../domain/show/recorded-run.ts";
import { table } from "../../domain/table.ts";

type Run = ResponseOf<"sigilderg GET /v1/runs">["runs"][number];
const STATES = ["open", "done", "held", "approved", "denied", "failed", "unknown"] as const;

/** Pages of one listing at most that a filter left short; then the cursor says where to go on. */
const MOST_PAGES = 50;

/** `sigil run list`: the caller's own runs, the newest first. */
export function runList({ withDoor, say }: Pick<Needs, "withDoor" | "say">): Command {
  return {
    path: "run list",
    action: "run.read",
    group: "Act",
    summary: "list your runs with how each stands, newest first",
    options: [
      { flags: "--status <status>", summary: "only those that stand like this", choices: STATES },
      { flags: "--module <id>", summary: "only runs of this module" },
      { flags: "--since <time>", summary: "only from this time on, such as 2026-11-22 or 2026-11-22T12:00Z" },
      { flags: "--until <time>", summary: "only before this time" },
      { flags: "--limit <n>", summary: "at most this many, 1 to 200 (default 20)" },
      { flags: "--cursor <cursor>", summary: "go on where an earlier list ended" },
    ],
    examples: ["run list", "run list --status held --module rust-mentor --json"],
    answer: "sigilderg GET /v1/runs",
    run: (input) =>
      withDoor(input.settings, "run.read", async (door) => {
        const limit = input.count("limit", 1, 200) ?? 20;
        const runs: Run[] = [];
        let cursor = input.option("cursor");
        for (let page = 0; page < MOST_PAGES; page += 1) {
          const { body } = await door.call("sigilderg GET /v1/runs", {
            query: {
              status: STATES.find((state) => state === input.option("status")),
              module: input.option("module"),
              since: moment(input, "since"),
              until: moment(input, "until"),
              limit: limit - runs.length,
              cursor,
            },
          });
          runs.push(...body.runs);
          cursor = body.next ?? undefined;
          if (cursor === undefined || runs.length >= limit) break;
          say(`${runs.length} of ${limit} found; looking further`);
        }
        return {
          json: { runs, next: cursor ?? null },
          text: (style) => [
            ...(runs.length === 0 ? ["no such runs of yours"] : []),
            ...table(runs.map((run) => runRow(run, style))),
            ...(cursor === undefined ? [] : [style.dim(`more: --cursor ${cursor}`)]),
          ],
        };
      }),
  };
}
