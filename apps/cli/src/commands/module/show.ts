import type { ResponseOf } from "@sigil/wire";
import type { Command } from "../../domain/command.ts";
import type { Needs } from "../../domain/needs.ts";
import type { Style } from "../../domain/style.ts";
import { table } from "../../domain/table.ts";

type Standing = ResponseOf<"sigilderg GET /v1/modules/:id/standing">;

/** `sigil module show <id>`: how the digests of a module stand, and what was found against them. */
export function moduleShow({ withDoor }: Pick<Needs, "withDoor">): Command {
  return {
    path: "module show",
    action: "audit.read",
    group: "Act",
    summary: "show how a module stands: its digests, and the violations that suspend one",
    arguments: [{ usage: "<id>", summary: "id of a module, such as rust-mentor" }],
    options: [
      { flags: "--limit <n>", summary: "so many violations, newest first, 1 to 200 (default 50)" },
      { flags: "--cursor <cursor>", summary: "go on where an earlier list ended" },
    ],
    examples: ["module show rust-mentor"],
    answer: "sigilderg GET /v1/modules/:id/standing",
    run: (input) =>
      withDoor(input.settings, "audit.read", async (door) => {
        const { body } = await door.call("sigilderg GET /v1/modules/:id/standing", {
          params: { id: input.argument("id") },
          query: { limit: input.count("limit", 1, 200), cursor: input.option("cursor") },
        });
        return { json: body, text: (style) => standingLines(body, style) };
      }),
  };
}

const STATE: Record<Standing["digests"][number]["state"], keyof Style> = {
  "in-force": "good",
  superseded: "dim",
  revoked: "bad",
  suspended: "bad",
};

function standingLines({ id, limit, digests, violations, next }: Standing, style: Style): string[] {
  const suspended = digests.some(({ state }) => state === "suspended");
  return [
    `${style.bold(id)}  ${limit.violations} violations of a digest within ${limit.hours} hours suspend it`,
    ...table(
      digests.map(({ digest, version, state, counted }) => [
        style[STATE[state]](state),
        version,
        `${counted} of ${limit.violations}`,
        style.dim(digest),
      ]),
      "  ",
    ),
    "",
    style.bold("Violations"),
    ...(violations.length === 0 ? ["  none was found"] : []),
    ...table(
      violations.map(({ ts, violation, run, principal, counts }) => [
        ts,
        violation,
        `run ${run}`,
        `by ${principal}`,
        counts ? "counts" : style.dim("counts no more"),
      ]),
      "  ",
    ),
    ...(suspended
      ? [
          "",
          `  a Root lets a suspended digest run again: sigil module reinstate ${id} <digest> --reason <why>`,
        ]
      : []),
    ...(next === null ? [] : [style.dim(`more: --cursor ${next}`)]),
  ];
}
