import type { Rule } from "../rule.ts";

export const unfinishedCode: Rule = {
  id: "unfinished-code",
  severity: "warning",
  title: "unfinished code",
  matches: "`todo!` and `unimplemented!` outside tests",
  why: "The path compiles and type-checks, and panics when it is first taken.",
  fix: "Finish it, or return an error that says what is not supported.",
  tests: "skip",
  on: ["MacroInvocation", "CallExpression"],
  check(node, file) {
    const name = file.macro(node)?.name;
    return name === "todo" || name === "unimplemented"
      ? { at: node, detail: `\`${name}!\` stands where the work should be done.` }
      : null;
  },
};
