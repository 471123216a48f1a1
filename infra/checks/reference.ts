// Reference pages that are generated from the tables of the code: docs/reference/problems.md, config.md, records.md, and the
// JSON Schemas of the payloads. `node infra/checks/policy.ts --write` writes them with its own.
import { z } from "zod";
import { CONFIG, type ConfigRow, configKey, environmentName } from "../../packages/service/src/index.ts";
import { PAYLOADS, PROBLEMS, type ProblemRow } from "../../packages/wire/src/index.ts";

const row = (...cells: readonly string[]) =>
  `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
const code = (text: string) => `\`${text}\``;

/** All pages, by file name in docs/reference. */
export function referencePages(): Record<string, string> {
  return {
    "problems.md": problems(),
    "config.md": config(),
    "records.md": records(),
    "record-payloads.schema.json": payloads(),
  };
}

function problems(): string {
  const rows = Object.entries(PROBLEMS as Readonly<Record<string, ProblemRow>>).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return [
    "# Problems",
    "",
    "Generated from `packages/wire/src/problem/table.ts`. Every refusal of a service is `application/problem+json` (RFC 9457) with one of",
    "these codes; `detail` names the value and the limit, `requestId` the line of the log, `decisionId` the recorded decision.",
    "",
    `${rows.length} codes. A 503 says in \`Retry-After\` after how many seconds it is worth asking again.`,
    "",
    row("code", "status", "title", "remedy", "retry after"),
    row("---", "---", "---", "---", "---"),
    ...rows.map(([name, { status, title, remedy, retryAfter }]) =>
      row(
        code(name),
        String(status),
        asCode(title),
        asCode(remedy),
        retryAfter === undefined ? "" : `${retryAfter} s`,
      ),
    ),
    "",
  ].join("\n");
}

function config(): string {
  const rows = CONFIG as readonly ConfigRow[];
  const sections = [...new Set(rows.map(({ section }) => section))];
  return [
    "# Settings",
    "",
    "Generated from `packages/service/src/config/table.ts`. Precedence: `sigil.toml` of the home, then the environment, then `--set",
    "section.key=value`; over those marked live stands what `sigil config change` recorded. Paths are relative to the home. An unknown key or",
    "variable, and a value outside of its type, stops the start with its name and the nearest one.",
    ...sections.flatMap((section) => [
      "",
      `## \`[${section}]\``,
      "",
      row("key", "environment", "default", "type", "live", "what it does"),
      row("---", "---", "---", "---", "---", "---"),
      ...rows
        .filter((each) => each.section === section)
        .map((each) =>
          row(
            code(configKey(each)),
            code(environmentName(each)),
            code(JSON.stringify(each.default)),
            typeOf(each),
            each.runtime === true ? "yes" : "",
            asCode(each.doc),
          ),
        ),
    ]),
    "",
  ].join("\n");
}

interface Shape {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly anyOf?: readonly Shape[];
}

/** The type of a setting in a word, with its bounds or its values. */
function typeOf({ schema }: ConfigRow): string {
  const say = ({ type = "value", enum: values, minimum, maximum, anyOf }: Shape): string => {
    if (values !== undefined) return values.map((value) => code(String(value))).join(", ");
    if (anyOf !== undefined) return [...new Set(anyOf.map(say))].join(" or ");
    return minimum === undefined || maximum === undefined ? type : `${type}, ${minimum} to ${maximum}`;
  };
  return say(z.toJSONSchema(schema, { unrepresentable: "any" }) as Shape);
}

function records(): string {
  const kinds = Object.entries(PAYLOADS as Readonly<Record<string, z.ZodType>>).sort(([a], [b]) =>
    a < b ? -1 : 1,
  );
  return [
    "# Kinds of records",
    "",
    "Generated from the schemas of `packages/wire/src/payload`. [formats.md](formats.md) says what a record is and which of these an author",
    "signs; [record-payloads.schema.json](record-payloads.schema.json) has the payloads as JSON Schema, every one closed: a field that is",
    "not named is refused.",
    "",
    `${kinds.length} kinds.`,
    "",
    row("kind", "fields of the payload"),
    row("---", "---"),
    ...kinds.map(([kind, schema]) => row(code(kind), fieldsOf(schema))),
    "",
  ].join("\n");
}

/** The fields of an object, or of each alternative; `?` marks what may be absent. */
function fieldsOf(schema: z.ZodType): string {
  interface Fields {
    readonly properties?: Readonly<Record<string, Fields>>;
    readonly required?: readonly string[];
    readonly anyOf?: readonly Fields[];
    readonly oneOf?: readonly Fields[];
    readonly const?: unknown;
  }
  const say = ({ properties, required = [], anyOf, oneOf }: Fields): string => {
    const alternatives = anyOf ?? oneOf;
    if (alternatives !== undefined) return [...new Set(alternatives.map(say))].join("<br>or ");
    return Object.entries(properties ?? {})
      .map(([name, field]) => {
        const fixed = field.const === undefined ? "" : `: ${JSON.stringify(field.const)}`;
        const inner = name === "body" ? ` { ${Object.keys(field.properties ?? {}).join(", ")} }` : "";
        return code(`${name}${required.includes(name) ? "" : "?"}${fixed}${inner}`);
      })
      .join(", ");
  };
  return say(z.toJSONSchema(schema, { unrepresentable: "any" }) as Fields);
}

function payloads(): string {
  const $defs = Object.fromEntries(
    Object.entries(PAYLOADS as Readonly<Record<string, z.ZodType>>).map(([kind, schema]) => {
      const { $schema: _, ...shape } = z.toJSONSchema(schema, { unrepresentable: "any" });
      return [kind, shape];
    }),
  );
  return `${JSON.stringify({ $schema: "https://json-schema.org/draft/2020-12/schema", title: "Payloads of records, by kind", $defs }, null, 2)}\n`;
}

/** What would be read as Markdown, or is written as a program writes it, is code; what is code already stays. */
export function asCode(summary: string): string {
  return summary
    .split(/(`[^`]*`)/)
    .map((part) => (part.startsWith("`") ? part : part.replace(/[^\s(]*[[<*_=][^\s);,]*/g, code)))
    .join("");
}
