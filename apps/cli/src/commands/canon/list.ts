import { LOA, type Loa } from "@sigil/policy";
import type { Command } from "../../domain/command.ts";
import { moment } from "../../domain/moment.ts";
import type { Needs } from "../../domain/needs.ts";
import { printable } from "../../domain/style.ts";
import { table } from "../../domain/table.ts";

/** `sigil canon list`: records of any kind that the caller's level may read. */
export function canonList({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "canon list",
    action: "canon.read",
    group: "Act",
    summary: "list records that you may read",
    options: [
      { flags: "--kind <kind>", summary: "only records of this kind, such as canon.entry" },
      { flags: "--stream <stream>", summary: "only records of this stream" },
      { flags: "--principal <name>", summary: "only records by this principal" },
      { flags: "--tag <tag>", summary: "only records with this tag" },
      { flags: "--space <space>", summary: "only records of this space", choices: ["user", "system"] },
      { flags: "--level <level>", summary: "only records of exactly this level", choices: LOA },
      {
        flags: "--since <time>",
        summary: "only records from this time on, such as 2026-11-22 or 2026-11-22T12:00Z",
      },
      { flags: "--until <time>", summary: "only records before this time" },
      { flags: "--limit <n>", summary: "at most this many, 1 to 200" },
      { flags: "--cursor <cursor>", summary: "go on where an earlier list ended" },
    ],
    examples: [
      "canon list --kind canon.entry --since 2026-11-22",
      "canon list --stream canon/guidance --limit 50 --json",
    ],
    answer: "sigilderg GET /v1/canon",
    run: (input) =>
      withDoor(input.settings, "canon.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/canon", {
          query: {
            kind: input.option("kind"),
            stream: input.option("stream"),
            principal: input.option("principal"),
            tag: input.option("tag"),
            space: input.option("space") as "user" | "system" | undefined,
            loa: input.option("level") as Loa | undefined,
            since: moment(input, "since"),
            until: moment(input, "until"),
            limit: input.count("limit", 1, 200),
            cursor: input.option("cursor"),
          },
        });
        return {
          json: body,
          text: (style) => [
            ...(body.records.length === 0 ? ["no records"] : []),
            ...table(
              body.records.map(({ index, signed: { record } }) => {
                const { title } = record.payload;
                return [
                  `leaf ${index}`,
                  record.kind,
                  record.id,
                  record.ts,
                  printable(typeof title === "string" ? title : record.stream),
                ];
              }),
            ),
            ...(body.next === null ? [] : [style.dim(`more: --cursor ${body.next}`)]),
          ],
        };
      }),
  };
}
