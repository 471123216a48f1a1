import type { Rule } from "../rule.ts";

export const debugMacro: Rule = {
  id: "debug-macro",
  severity: "warning",
  title: "dbg! left in",
  matches: "`dbg!` outside tests",
  why: "It prints values, perhaps private ones, to standard error in release builds too.",
  fix: "Remove it, or log at debug level through the logging crate.",
  tests: "skip",
  on: ["MacroInvocation", "CallExpression"],
  check(node, file) {
    return file.macro(node)?.name === "dbg"
      ? { at: node, detail: "A debugging aid is part of the program." }
      : null;
  },
};
