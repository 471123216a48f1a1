import { methodCall, pathCall } from "../calls.ts";
import { builtText } from "../matching/text-building.ts";
import type { Rule } from "../rule.ts";

const STATEMENT =
  /\b(?:SELECT\s[\s\S]*?\sFROM\s|INSERT\s+(?:OR\s+\w+\s+)?INTO\s|UPDATE\s+\S+\s+SET\s|DELETE\s+FROM\s|DROP\s+(?:TABLE|DATABASE)\s|ALTER\s+TABLE\s)|\b(?:WHERE|AND|LIKE|VALUES)\b[^{]*'%?\{/;
const LOOSE = new RegExp(STATEMENT.source, "i");
const RUNS =
  /^(?:query|query_as|query_scalar|query_row|query_map|execute|execute_batch|prepare|batch_execute|sql_query|raw_sql|fetch_one|fetch_all)$/;

export const sqlFromText: Rule = {
  id: "sql-from-text",
  severity: "error",
  title: "SQL built from text",
  matches:
    "`format!` or `+` that puts a value into an SQL statement, or a text so built passed to `query`, `execute`, `prepare` and their like; numbers, constants and lists of placeholders excepted",
  why: "Whoever controls the value controls the statement: SQL injection.",
  fix: "Bind the value as a parameter (`?` or `$1`); choose table or column names from a fixed list.",
  tests: "skip",
  on: ["CallExpression", "BinaryExpression"],
  check(node, file) {
    const macro = file.macro(node);
    if (
      macro
        ? macro.name === "format"
        : node.name === "BinaryExpression" && node.parent?.name !== "BinaryExpression"
    ) {
      const built = builtText(node, file);
      return built && STATEMENT.test(built.template) ? { at: node, detail: detail(built.parts) } : null;
    }
    // Lower-case keywords are English words too; only a call that runs the text makes them SQL.
    const call = methodCall(node, file) ?? pathCall(node, file);
    const name = call && ("name" in call ? call.name : call.path.split("::").pop());
    const text = call?.args[0];
    if (!text || !name || !RUNS.test(name)) return null;
    const built = builtText(text, file);
    return built && LOOSE.test(built.template) && !STATEMENT.test(built.template)
      ? { at: text, detail: detail(built.parts) }
      : null;
  },
};

function detail(parts: readonly string[]): string {
  return `${parts.map((part) => `\`${part}\``).join(", ")} becomes part of the statement's text.`;
}
