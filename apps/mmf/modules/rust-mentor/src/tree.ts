import type { SyntaxNode } from "@lezer/common";

const FUNCTIONS = new Set(["FunctionItem", "ClosureExpression", "AsyncBlock"]);

/** The children that carry meaning: no punctuation, no keyword, no comment. */
export function expressions(node: SyntaxNode): SyntaxNode[] {
  return node.getChildren("Expression");
}

/** The first ancestor of one of the kinds. */
export function ancestor(node: SyntaxNode, ...names: string[]): SyntaxNode | null {
  for (let at = node.parent; at; at = at.parent) if (names.includes(at.name)) return at;
  return null;
}

/** The closest function, closure or async block around a node. */
export function enclosingBody(node: SyntaxNode): SyntaxNode | null {
  for (let at = node.parent; at; at = at.parent) if (FUNCTIONS.has(at.name)) return at;
  return null;
}

/** The closest `fn` around a node, closures and async blocks included in it. */
export function enclosingFunction(node: SyntaxNode): SyntaxNode | null {
  return ancestor(node, "FunctionItem");
}

/** True when the code at the node runs on an async executor's thread: the closest body is an async one. */
export function runsAsync(node: SyntaxNode): boolean {
  const body = enclosingBody(node);
  if (!body) return false;
  return body.name === "AsyncBlock" || body.getChild("async") !== null;
}

/** Visits a subtree in source order; `false` from `visit` skips the children. */
export function walk(root: SyntaxNode, visit: (node: SyntaxNode) => boolean | undefined): void {
  root.cursor().iterate((ref) => visit(ref.node));
}

/** The first node of the subtree that satisfies the test, in source order, `enter` deciding where to descend. */
export function find(
  root: SyntaxNode,
  test: (node: SyntaxNode) => boolean,
  enter: (node: SyntaxNode) => boolean = () => true,
): SyntaxNode | null {
  let hit: SyntaxNode | null = null;
  walk(root, (node) => {
    if (hit) return false;
    if (test(node)) hit = node;
    return hit === null && enter(node);
  });
  return hit;
}

/** True for a closure, an async block or an item: code that does not run where it stands. */
export function isDeferred(node: SyntaxNode): boolean {
  return FUNCTIONS.has(node.name) || node.name === "ImplItem" || node.name === "ModItem";
}

/** The statement, arm, field or item that holds a node: the highest ancestor below a block or list. */
export function statementOf(node: SyntaxNode): SyntaxNode {
  let at = node;
  while (at.parent && !HOLDERS.has(at.parent.name)) at = at.parent;
  return at;
}

const HOLDERS = new Set(["Block", "DeclarationList", "MatchBlock", "SourceFile", "FieldInitializerList"]);

/** Removes redundant parentheses, `&`, `&mut` and `*` around an expression. */
export function bare(node: SyntaxNode): SyntaxNode {
  let at = node;
  for (;;) {
    const wraps =
      at.name === "ParenthesizedExpression" ||
      at.name === "ReferenceExpression" ||
      (at.name === "UnaryExpression" && at.getChild("DerefOp") !== null);
    const inner: SyntaxNode | null = wraps ? at.getChild("Expression") : null;
    if (!inner) return at;
    at = inner;
  }
}
