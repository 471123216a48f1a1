import type { SyntaxNode } from "@lezer/common";
import { methodCall, pathCall } from "../calls.ts";
import type { RustFile } from "../file.ts";
import { returnType } from "../infer.ts";
import type { Rule } from "../rule.ts";
import { letValue } from "../scope.ts";
import { ancestor, enclosingFunction } from "../tree.ts";

const WRITES = new Set([
  "write_all",
  "flush",
  "sync_all",
  "sync_data",
  "set_permissions",
  "commit",
  "execute",
]);
const FILES =
  /^(?:std|tokio)::fs::(?:write|rename|copy|create_dir|create_dir_all|set_permissions|hard_link)$/;

export const ignoredResult: Rule = {
  id: "ignored-result",
  severity: "warning",
  title: "ignored Result",
  matches:
    "`let _ = …` or `….ok();` on a write, a commit, a change to the file system, or a function of this file that returns Result; not in `Drop`, and not where a comment says why",
  why: "The operation can fail, and then everything after it goes on as if it had worked.",
  fix: "Pass the error on with `?`, log it, or say in a comment why losing it is right.",
  tests: "skip",
  on: ["LetDeclaration", "ExpressionStatement"],
  check(node, file) {
    const dropped = node.name === "LetDeclaration" ? discarded(node) : silenced(node, file);
    if (!dropped || isInDrop(node, file)) return null;
    const call = dropped.name === "AwaitExpression" ? dropped.getChild("Expression") : dropped;
    const what = call ? fallible(call, file) : null;
    if (!what || file.isExplained(node)) return null;
    return { at: node, detail: `\`${what}\` reports failure in its result, and the result is thrown away.` };
  },
};

function discarded(node: SyntaxNode): SyntaxNode | null {
  return node.getChild("_") ? letValue(node) : null;
}

function silenced(node: SyntaxNode, file: RustFile): SyntaxNode | null {
  const expression = node.getChild("Expression");
  const call = expression && node.lastChild?.name === ";" ? methodCall(expression, file) : null;
  return call?.name === "ok" && call.args.length === 0 ? call.receiver : null;
}

/** The name of the operation when it is known to fail by Result, else null. */
function fallible(node: SyntaxNode, file: RustFile): string | null {
  const method = methodCall(node, file);
  if (method) {
    if (WRITES.has(method.name)) return method.name;
    const own = method.receiver.name === "self" ? returnType(`self::${method.name}`, file) : null;
    return isResult(own) ? method.name : null;
  }
  const call = pathCall(node, file);
  if (!call) return null;
  return FILES.test(call.path) || isResult(returnType(call.path, file)) ? call.path : null;
}

function isResult(type: string | null): boolean {
  return type !== null && /^(?:\w+::)*Result(?:<|$)/.test(type);
}

function isInDrop(node: SyntaxNode, file: RustFile): boolean {
  const trait = enclosingFunction(node) && ancestor(node, "ImplItem")?.getChild("Type");
  return trait ? file.flat(trait) === "Drop" : false;
}
