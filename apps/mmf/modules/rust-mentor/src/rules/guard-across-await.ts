import type { SyntaxNode } from "@lezer/common";
import { methodCall, pathCall } from "../calls.ts";
import type { RustFile } from "../file.ts";
import { guardMethod } from "../matching/guards.ts";
import type { Match, Rule } from "../rule.ts";
import { letValue } from "../scope.ts";
import { find, isDeferred, runsAsync } from "../tree.ts";

export const guardAcrossAwait: Rule = {
  id: "guard-across-await",
  severity: "error",
  title: "lock guard held across .await",
  matches:
    "a `let` guard of a blocking lock or RefCell in async code with an `.await` before its scope ends or it is dropped; also a lock in the scrutinee of `if let`, `while let` or `match` with an `.await` in the body",
  why: "The task sleeps with the lock in hand: other tasks block the executor's threads on it, and one that needs the lock to wake this one deadlocks.",
  fix: "Take what is needed out of the guard in an inner block and await after it, or use the executor's own async lock.",
  tests: "skip",
  on: ["LetDeclaration", "IfExpression", "WhileExpression", "MatchExpression"],
  check(node, file) {
    if (!runsAsync(node)) return null;
    return node.name === "LetDeclaration" ? heldByLet(node, file) : heldByScrutinee(node, file);
  },
};

/** How far a guard is followed in one block. */
const MAX_STATEMENTS = 200;

function heldByLet(node: SyntaxNode, file: RustFile): Match | null {
  const name = node.getChild("BoundIdentifier");
  const value = letValue(node);
  if (!name || !value || node.parent?.name !== "Block") return null;
  const method = guardMethod(value, file);
  if (!method) return null;
  const guard = file.text(name);
  for (let at = node.nextSibling, seen = 0; at && seen < MAX_STATEMENTS; at = at.nextSibling, seen++) {
    const dropped = find(
      at,
      (inner) => isDropOf(guard, inner, file),
      (inner) => !isDeferred(inner),
    );
    const held = find(
      at,
      (inner) => inner.name === "AwaitExpression",
      (inner) => !isDeferred(inner),
    );
    if (held && !(dropped && dropped.to <= held.to)) {
      return {
        at: name,
        detail: `The guard \`${guard}\` from \`.${method}()\` is still alive at the \`.await\` on line ${lineOf(held, file)}.`,
      };
    }
    if (dropped) return null;
  }
  return null;
}

function heldByScrutinee(node: SyntaxNode, file: RustFile): Match | null {
  const condition =
    node.name === "MatchExpression" ? node.getChild("Expression") : node.getChild("LetDeclaration");
  const scrutinee = condition?.name === "LetDeclaration" ? letValue(condition) : condition;
  const body = node.getChild("Block") ?? node.getChild("MatchBlock");
  if (!scrutinee || !body) return null;
  const lock = find(
    scrutinee,
    (inner) => isLockCall(inner, file),
    (inner) => !isDeferred(inner),
  );
  if (!lock) return null;
  const held = find(
    body,
    (inner) => inner.name === "AwaitExpression",
    (inner) => !isDeferred(inner),
  );
  if (!held) return null;
  return {
    at: lock,
    detail: `The guard lives as long as the whole expression, so it is held at the \`.await\` on line ${lineOf(held, file)}.`,
  };
}

/** `x.lock().unwrap()` anywhere in a scrutinee: its temporary guard lives to the end of the expression. */
function isLockCall(node: SyntaxNode, file: RustFile): boolean {
  const outer = methodCall(node, file);
  if (!outer || (outer.name !== "unwrap" && outer.name !== "expect")) return false;
  const inner = methodCall(outer.receiver, file);
  return (
    inner !== null &&
    inner.args.length === 0 &&
    (inner.name === "lock" || inner.name === "read" || inner.name === "write")
  );
}

function isDropOf(guard: string, node: SyntaxNode, file: RustFile): boolean {
  const call = pathCall(node, file);
  const argument = call?.args[0];
  return /(?:^|::)drop$/.test(call?.path ?? "") && argument !== undefined && file.text(argument) === guard;
}

/** The line of the keyword: an awaited chain may start many lines earlier. */
function lineOf(node: SyntaxNode, file: RustFile): number {
  return file.source.position(node.getChild("await")?.from ?? node.from).line;
}
