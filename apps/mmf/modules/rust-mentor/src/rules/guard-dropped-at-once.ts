import { guardMethod } from "../matching/guards.ts";
import type { Rule } from "../rule.ts";
import { letValue } from "../scope.ts";

export const guardDroppedAtOnce: Rule = {
  id: "guard-dropped-at-once",
  severity: "error",
  title: "lock guard dropped at once",
  matches: "`let _ = x.lock()…`, whose value is a guard",
  why: "`_` binds nothing, so the guard is dropped at the semicolon and what follows runs without the lock.",
  fix: "Bind it to a name: `let _guard = …;` keeps it until the end of the block.",
  tests: "check",
  on: ["LetDeclaration"],
  check(node, file) {
    const value = letValue(node);
    if (!node.getChild("_") || !value) return null;
    const method = guardMethod(value, file);
    return method
      ? { at: node, detail: `The guard of \`.${method}()\` is gone before the next statement.` }
      : null;
  },
};
