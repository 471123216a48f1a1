import type { Rule } from "../rule.ts";
import { enclosingBody } from "../tree.ts";

export const panicInResult: Rule = {
  id: "panic-in-result",
  severity: "warning",
  title: "panic! in a function that returns Result",
  matches: "`panic!` in the body of a function whose return type is a Result, closures excepted",
  why: "Callers were promised an error that they can handle and get a crash instead.",
  fix: "Return an `Err` with what is known at this place.",
  tests: "skip",
  on: ["MacroInvocation", "CallExpression"],
  check(node, file) {
    if (file.macro(node)?.name !== "panic") return null;
    const body = enclosingBody(node);
    const type = body?.name === "FunctionItem" ? body.getChild("->")?.nextSibling : null;
    if (!type || !/^(?:\w+::)*Result(?:<|$)/.test(file.flat(type))) return null;
    return {
      at: node,
      detail: `The function returns \`${file.source.snippet(type.from, type.to, 40)}\`, and panics here.`,
    };
  },
};
