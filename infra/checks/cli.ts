// What is generated from the table of commands: docs/reference/cli.md and the JSON Schemas of what commands print with --json.
// `node infra/checks/policy.ts --write` writes them with its own; policy.test.ts fails when one is stale.
import { z } from "zod";
import { allCommands } from "../../apps/cli/src/commands/index.ts";
import { type Answer, answerSchema } from "../../apps/cli/src/domain/answer/answer.ts";
import { type Command, GLOBAL_OPTIONS, GROUPS } from "../../apps/cli/src/domain/command.ts";
import { FINDINGS } from "../../apps/cli/src/domain/doctor/findings.ts";
import { EXIT_MEANING } from "../../apps/cli/src/domain/exit.ts";
import type { Needs } from "../../apps/cli/src/domain/needs.ts";
import { ACTIONS, actionRow } from "../../packages/policy/src/index.ts";
import { type OpenApiDocument, openApi, ROUTES, type RouteRow } from "../../packages/wire/src/index.ts";
import { asCode } from "./reference.ts";

// No command is run, so nothing of the machine is needed.
const needs = {} as Needs;
export const COMMANDS: readonly Command[] = allCommands(needs, needs);

/** Why an action that a caller may take has no command of its own. */
export const WITHOUT_COMMAND: Readonly<Record<string, string>> = {
  "static.read": "`status` and others read it on the way; it is what anybody may fetch",
  "log.read": "`status` shows the checkpoint; tiles and proofs are for monitors, who speak C2SP",
  "instance.challenge": "every client asks it on a new connection",
  "session.open": "a session is for a browser; a command presents its licence",
  "session.close": "a session is for a browser",
  "csrf.mint": "a token is for a browser's session",
  "policy.read": "`policy show`, which without a runtime prints its own table",
  "memory.read-private": "decided inside `memory get` of another's block",
  "run.read-private": "decided inside what reads a run of another",
  "llm.complete": "inside a run only",
  "interaction.log": "inside a run only",
  "audit.emit": "inside a run only",
  "witness.add": "`witness add` proposes it, and `proposal commit` does it",
  "witness.rotate": "`witness rotate` proposes it, and `proposal commit` does it",
  "witness.revoke": "`witness revoke` proposes it, and `proposal commit` does it",
  "memory.search": "there is no route yet",
  "rag.read": "there is no route yet",
  "rag.search": "there is no route yet",
  "rag.ingest": "there is no route yet",
  "rag.forget": "there is no route yet",
  "trust.fit": "there is no route yet",
  "canon.forget": "there is no route yet",
  "run.forget": "there is no route yet",
};

/** Actions that callers may take and no command is. */
export function actionsWithoutCommand(): string[] {
  const have = new Set(COMMANDS.map(({ action }) => action));
  return ACTIONS.filter(({ action, least }) => least !== "service" && !have.has(action)).map(
    ({ action }) => action,
  );
}

/** Both files, by name in docs/reference. */
export function cliPages(): Record<string, string> {
  return { "cli.md": page(), "cli-answers.schema.json": `${JSON.stringify(answers(), null, 2)}\n` };
}

const listed = ({ answer }: Command) =>
  (Array.isArray(answer) ? answer : [answer]) as readonly [Answer, ...Answer[]];

/** Where the OpenAPI document of the door describes what a route answers. */
function componentOf({ paths }: OpenApiDocument, { method, path }: RouteRow): string {
  const operation = paths[path.replaceAll(/:([a-z]+)(\{[^}]*\})?/g, "{$1}")]?.[method.toLowerCase()];
  const { responses } = operation as unknown as { responses: { "2XX": { content: Record<string, Media> } } };
  return `openapi-sigilderg.json${responses["2XX"].content["application/json"]?.schema.$ref}`;
}

interface Media {
  readonly schema: { readonly $ref: string };
}

/** A definition for each command. What a route answers is described once, in the document of the door. */
function answers(): object {
  const document = openApi("sigilderg", "0");
  const registry = z.registry<{ id?: string }>();
  for (const row of ROUTES as readonly RouteRow[])
    if (row.service === "sigilderg" && row.response !== undefined && !registry.has(row.response))
      registry.add(row.response, { id: componentOf(document, row) });
  for (const command of COMMANDS) {
    const schema = answerSchema(command.answer);
    if (!registry.has(schema)) registry.add(schema, { id: `#/$defs/${command.path}` });
  }
  const { schemas } = z.toJSONSchema(registry, {
    uri: (id) => id,
    io: "output",
    unrepresentable: "any",
    reused: "inline",
  });
  const definition = ({ answer }: Command) => {
    const { id = "" } = registry.get(answerSchema(answer)) ?? {};
    if (!id.startsWith("#")) return { $ref: id };
    const { $schema: _dialect, $id: _id, ...rest } = schemas[id] as Record<string, unknown>;
    return rest;
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "What the commands of Sigil print with --json",
    $defs: Object.fromEntries(COMMANDS.map((command) => [command.path, definition(command)])),
  };
}

const cell = (text: string) => text.replaceAll("|", "\\|");
const row = (...cells: readonly string[]) => `| ${cells.map(cell).join(" | ")} |`;

function page(): string {
  return [
    "# The command",
    "",
    "Generated from the commands themselves by `npm run api`. `sigil help` shows the same by what one wants to do,",
    "`sigil help <command>` one of them; `sigil completion bash|zsh|fish` makes a shell complete them.",
    "",
    "## Options that every command has",
    "",
    row("option", "what it does"),
    row("---", "---"),
    ...GLOBAL_OPTIONS.map(({ flags, summary }) => row(`\`${flags}\``, asCode(summary))),
    "",
    "`NO_COLOR`, `TERM=dumb` and a pipe print without colour; a line is as long as the terminal is wide.",
    "",
    "## Exit codes",
    "",
    row("code", "meaning"),
    row("---", "---"),
    ...EXIT_MEANING.map(([code, meaning]) => row(String(code), meaning)),
    "",
    "## What `--json` prints",
    "",
    "One JSON value on standard output: the answer of the command as [cli-answers.schema.json](cli-answers.schema.json) says by",
    'the command\'s words, or `{"error":{"code","message","remedy"}}`, with `decisionId` and `missing` where the door refused.',
    "Standard error is for people: progress, warnings, the error again.",
    ...GROUPS.flatMap((group) => [
      "",
      `## ${group}`,
      ...COMMANDS.filter((command) => command.group === group).flatMap(sectionOf),
    ]),
    "",
    "## What `sigil doctor` finds",
    "",
    "Its exit code is that of the gravest: a fault 1, a warning 4, notes 0.",
    "",
    row("code", "about", "how grave"),
    row("---", "---", "---"),
    ...Object.entries(FINDINGS)
      .filter(([, [level]]) => level !== "ok")
      .map(([code, [level, check]]) => row(`\`${code}\``, check, level)),
    "",
    "## Actions without a command",
    "",
    row("action", "why"),
    row("---", "---"),
    ...actionsWithoutCommand().map((action) =>
      row(`\`${action}\``, WITHOUT_COMMAND[action] ?? "not built yet"),
    ),
    "",
  ].join("\n");
}

function sectionOf(command: Command): string[] {
  const { path, action, summary, arguments: words = [], options = [], examples, several } = command;
  const { least } = actionRow(action);
  const who = least === "none" ? "needs no licence" : `needs ${least}`;
  const routes = listed(command).flatMap((answer) => (typeof answer === "string" ? [answer] : []));
  const own = listed(command).length - routes.length;
  const shape = [
    ...routes.map((id) => `what \`${id.replace("sigilderg ", "")}\` answers`),
    ...(own === 0 ? [] : [`[\`#/$defs/${path}\`](cli-answers.schema.json)`]),
  ].join(", or ");
  return [
    "",
    `### ${path}`,
    "",
    "```",
    `sigil ${[path, ...words.map(({ usage }) => usage)].join(" ")}${options.length === 0 ? "" : " [options]"}`,
    "```",
    "",
    `${summary[0]?.toUpperCase()}${summary.slice(1)}. Action \`${action}\`, ${who}.`,
    ...(words.length + options.length === 0 ? [] : ["", row("", "what it is"), row("---", "---")]),
    ...words.map(({ usage, summary: what, choices }) => row(`\`${usage}\``, withChoices(what, choices))),
    ...options.map(({ flags, summary: what, choices }) => row(`\`${flags}\``, withChoices(what, choices))),
    "",
    "```",
    ...examples.map((example) => `sigil ${example}`),
    "```",
    "",
    `With \`--json\`: ${shape}${several === true ? "; several values, each when it is there" : ""}.`,
  ];
}

function withChoices(summary: string, choices: readonly string[] | undefined): string {
  const text = asCode(summary);
  return choices === undefined ? text : `${text}: ${choices.map((each) => `\`${each}\``).join(", ")}`;
}
