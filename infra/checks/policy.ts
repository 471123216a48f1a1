// What is generated from tables and schemas: docs/reference/actions.md and cli.md, and the JSON Schemas of the action table, of a
// file of cases, of a module's manifest and of what commands print. `node infra/checks/policy.ts --write` writes them; policy.test.ts
// fails when one is stale.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import {
  ACTIONS,
  type ActionRow,
  actionRowSchema,
  policyCases,
  policyDigest,
  TRUST_MODEL,
} from "../../packages/policy/src/index.ts";
import { ROUTES } from "../../packages/wire/src/index.ts";
import { manifestSchema } from "../../packages/wire/src/module-package/index.ts";
import { COMMANDS, cliPages } from "./cli.ts";
import { referencePages } from "./reference.ts";

const folder = join(import.meta.dirname, "../../docs/reference");

/** Everything generated, by file name in docs/reference. */
export function generated(): Record<string, string> {
  return {
    "actions.md": actionsPage(),
    "action-table.schema.json": schema("The action table of Sigil", z.array(actionRowSchema)),
    "policy-cases.schema.json": schema("Cases for `sigil policy test`", policyCases),
    "module-manifest.schema.json": schema("sigil.module.json of a module package", manifestSchema),
    ...cliPages(),
    ...referencePages(),
  };
}

function schema(title: string, of: z.ZodType): string {
  return `${JSON.stringify({ title, ...z.toJSONSchema(of, { unrepresentable: "any" }) }, null, 2)}\n`;
}

const GROUPS: readonly [title: string, holds: (row: ActionRow) => boolean][] = [
  ["Without a licence", ({ least }) => least === "none"],
  ["Guest", ({ least }) => least === "Guest"],
  ["Observer", ({ least }) => least === "Observer"],
  ["Operator", ({ least }) => least === "Operator"],
  ["Mentor", ({ least }) => least === "Mentor"],
  ["Root", ({ least }) => least === "Root"],
  ["Between services", ({ least }) => least === "service"],
];

function actionsPage(): string {
  const cells = (row: ActionRow): string[] => [
    `\`${row.action}\``,
    ...(row.least === "service" ? [row.by === undefined ? "" : `\`${row.by}\``] : []),
    row.trust === null ? "–" : String(row.trust),
    String(row.risk),
    row.recorded,
    `${row.quorum}${row.quorumFrom === undefined ? "" : ` from ${row.quorumFrom}`}`,
    row.lockdown ?? "",
    ROUTES.filter(({ action }) => action === row.action)
      .map(({ service, method, path }) => `\`${service} ${method} ${path}\``)
      .join("<br>"),
    COMMANDS.filter(({ action }) => action === row.action)
      .map(({ path }) => `\`${path}\``)
      .join("<br>"),
    [row.witness ? "active registered witnesses only" : "", row.note ?? ""].filter(Boolean).join("; "),
  ];
  const line = (row: readonly string[]) => `| ${row.join(" | ")} |`;
  const tables = GROUPS.flatMap(([title, holds]) => {
    const rows = ACTIONS.filter(holds);
    const by = rows.some(({ least }) => least === "service") ? ["by"] : [];
    const head = [
      "action",
      ...by,
      "trust",
      "risk",
      "recorded",
      "quorum",
      "lockdown",
      "routes",
      "commands",
      "note",
    ];
    return [
      "",
      `## ${title}`,
      "",
      line(head),
      line(head.map(() => "---")),
      ...rows.map((row) => line(cells(row))),
    ];
  });
  return [
    "# The action table",
    "",
    "Generated from `packages/policy/src/action/table.ts`, the routes and the commands by `npm run api`. What has no row is denied.",
    "",
    `Digest \`${policyDigest()}\`, which every decision cites. Trust by \`${TRUST_MODEL.id}\`. ${ACTIONS.length} actions.`,
    "`sigil policy show` prints the table of the running Sigil, `sigil policy explain <action>` what it decides and why;",
    "[action-table.schema.json](action-table.schema.json) is its schema, and",
    "[policy-cases.schema.json](policy-cases.schema.json) that of a file for `sigil policy test`.",
    "",
    "- **trust**: the least score, – where none is asked. **risk**: a feature of the score.",
    "- **recorded**: `metrics` counts only; `batched` lands within a second as a line of a signed batch; `durable` is a decision",
    "  record in one transaction with its effect; `with-run` is part of its run's records.",
    "- **quorum**: who must agree in quorum mode, beside the caller. In solo mode nobody, and the decision is marked `solo-mode`.",
    "  `local`: nobody, because only the local operator can do it. `proposal`: what the proposal was created with.",
    "- **lockdown**: what goes on in lockdown; without an entry, nothing. `leaves` leads out of it, and `proposal` goes on for such.",
    "- An action without route or command is decided inside another, or has no door yet.",
    ...tables,
    "",
  ].join("\n");
}

if (import.meta.filename === process.argv[1]) {
  if (process.argv[2] !== "--write") throw new Error("usage: node infra/checks/policy.ts --write");
  for (const [name, text] of Object.entries(generated())) writeFileSync(join(folder, name), text);
}
