import type { SyntaxNode } from "@lezer/common";
import { chain } from "../calls.ts";
import type { RustFile } from "../file.ts";

const UNWRAPPING = new Set(["unwrap", "expect", "unwrap_or_else"]);

/** The method that takes a blocking lock or a RefCell borrow, when an expression's value is its guard; else null. */
export function guardMethod(node: SyntaxNode, file: RustFile): string | null {
  const { calls } = chain(node, file);
  const inner = calls.find((call) => !UNWRAPPING.has(call.name));
  if (!inner || inner.args.length > 0 || isAwaited(inner.receiver, node)) return null;
  // Bare `.read()` and `.write()` are far too common as names; a std lock shows by its unwrapping.
  const unwrapped = calls[0] !== inner || node.name === "TryExpression";
  if (inner.name === "lock" || inner.name === "borrow_mut") return inner.name;
  return unwrapped && (inner.name === "read" || inner.name === "write") ? inner.name : null;
}

/** True when an await stands between the lock call and the whole expression: an async lock. */
function isAwaited(receiver: SyntaxNode, whole: SyntaxNode): boolean {
  for (let at = receiver.parent; at; at = at.parent) {
    if (at.name === "AwaitExpression") return true;
    if (at.from === whole.from && at.to === whole.to && at.name === whole.name) return false;
  }
  return false;
}
