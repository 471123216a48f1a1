import type { SyntaxNode } from "@lezer/common";
import { methodCall, pathCall } from "../calls.ts";
import type { RustFile } from "../file.ts";
import type { Match, Rule } from "../rule.ts";

/** Methods that only look at the receiver and return no borrow of it. */
const LOOKING = new Set([
  "len",
  "is_empty",
  "is_some",
  "is_none",
  "is_ok",
  "is_err",
  "contains",
  "contains_key",
  "starts_with",
  "ends_with",
]);
const COPYING = new Set(["clone", "to_string", "to_owned", "to_vec"]);

export const needlessClone: Rule = {
  id: "needless-clone",
  severity: "info",
  title: "needless clone",
  matches:
    "a clone that is only looked at (`x.clone().len()`), a clone of a value made in the same expression, or a borrowed clone passed to a function (`f(&x.clone())`)",
  why: "The copy is allocated, used once for reading and thrown away.",
  fix: "Use the value itself, or a reference to it.",
  tests: "skip",
  on: ["CallExpression"],
  check(node, file) {
    const call = methodCall(node, file);
    if (call?.name !== "clone" || call.args.length > 0) return null;
    return (
      lookedAt(node, call.at, file) ??
      ofTemporary(call.receiver, call.at, file) ??
      borrowed(node, call.receiver, call.at, file)
    );
  },
};

function lookedAt(clone: SyntaxNode, at: SyntaxNode, file: RustFile): Match | null {
  const outer = clone.parent?.parent;
  const call = outer ? methodCall(outer, file) : null;
  if (!call || call.receiver.from !== clone.from || call.receiver.to !== clone.to || !LOOKING.has(call.name))
    return null;
  return { at, detail: `\`.${call.name}()\` needs no copy of its own.` };
}

function ofTemporary(receiver: SyntaxNode, at: SyntaxNode, file: RustFile): Match | null {
  const made = methodCall(receiver, file);
  const fresh =
    (made !== null && made.args.length === 0 && COPYING.has(made.name)) ||
    file.macro(receiver)?.name === "format";
  return fresh
    ? { at, detail: "The value was made in this very expression and nobody else holds it." }
    : null;
}

function borrowed(clone: SyntaxNode, receiver: SyntaxNode, at: SyntaxNode, file: RustFile): Match | null {
  const reference = clone.parent;
  if (
    reference?.name !== "ReferenceExpression" ||
    reference.getChild("mut") ||
    reference.parent?.name !== "ArgList"
  )
    return null;
  const outer = reference.parent.parent;
  // A method call may borrow the same owner mutably, and then the copy is what makes it compile.
  if (!outer || !pathCall(outer, file) || outer.getChild("ArgList")?.getChildren("Expression").length !== 1)
    return null;
  if (receiver.name !== "Identifier" && receiver.name !== "FieldExpression") return null;
  return { at, detail: "The function takes a reference, and the copy is dropped right after the call." };
}
