import type { SyntaxNode } from "@lezer/common";
import type { RustFile } from "./file.ts";

/** What a local name is bound to, as far as the syntax says. */
export interface Binding {
  readonly kind: "let" | "parameter" | "pattern";
  /** The node that binds: LetDeclaration, Parameter, or the pattern's holder. */
  readonly at: SyntaxNode;
  readonly type: SyntaxNode | null;
  readonly value: SyntaxNode | null;
}

/** How far back a block is read for a `let`; generated blocks of many thousand statements stay affordable. */
const MAX_STATEMENTS = 400;

/** Finds what a name means at a node: the closest let, parameter or pattern before it within its function, or null. */
export function bindingOf(name: string, node: SyntaxNode, file: RustFile): Binding | null {
  let below = node;
  for (let at = node.parent; at; below = at, at = at.parent) {
    const found = bindingIn(at, below, name, file);
    if (found) return found;
    if (at.name === "FunctionItem") return null;
  }
  return null;
}

function bindingIn(scope: SyntaxNode, below: SyntaxNode, name: string, file: RustFile): Binding | null {
  switch (scope.name) {
    case "Block":
      for (let at = below.prevSibling, seen = 0; at && seen < MAX_STATEMENTS; at = at.prevSibling, seen++) {
        const statement = at.name === "AttributeItem" ? at.lastChild : at;
        if (statement?.name !== "LetDeclaration") continue;
        const found = letBinding(statement, name, file);
        if (found) return found;
      }
      return null;
    case "FunctionItem":
    case "ClosureExpression":
      for (const parameter of scope.getChild("ParamList")?.getChildren("Parameter") ?? []) {
        if (!binds(parameter, name, file)) continue;
        const simple = parameter.getChild("BoundIdentifier");
        return simple
          ? { kind: "parameter", at: parameter, type: parameter.getChild("Type"), value: null }
          : { kind: "pattern", at: parameter, type: null, value: null };
      }
      return null;
    case "IfExpression":
    case "WhileExpression":
    case "LetChain":
    case "Guard":
      for (const condition of [...scope.getChildren("LetDeclaration"), ...chained(scope)]) {
        if (condition.from < below.from && binds(condition, name, file)) return pattern(condition);
      }
      return null;
    case "MatchArm":
    case "ForExpression":
      return binds(scope, name, file) ? pattern(scope) : null;
    default:
      return null;
  }
}

function chained(scope: SyntaxNode): readonly SyntaxNode[] {
  return scope.getChild("LetChain")?.getChildren("LetDeclaration") ?? [];
}

function pattern(at: SyntaxNode): Binding {
  return { kind: "pattern", at, type: null, value: null };
}

function letBinding(declaration: SyntaxNode, name: string, file: RustFile): Binding | null {
  if (!binds(declaration, name, file)) return null;
  if (!declaration.getChild("BoundIdentifier")) return pattern(declaration);
  return {
    kind: "let",
    at: declaration,
    type: declaration.getChild("Type"),
    value: letValue(declaration),
  };
}

/** The initialiser of a let declaration, without a `let … else` block. */
export function letValue(declaration: SyntaxNode): SyntaxNode | null {
  const equals = declaration.getChild("=");
  if (!equals) return null;
  for (let node = equals.nextSibling; node; node = node.nextSibling)
    if (node.type.is("Expression")) return node;
  return null;
}

/** True when a holder's own pattern (not its value or body) binds the name. */
function binds(holder: SyntaxNode, name: string, file: RustFile): boolean {
  for (let child = holder.firstChild; child; child = child.nextSibling) {
    if (child.name === "=" || child.name === "in" || child.name === "=>" || child.name === ":") break;
    if (bindsWithin(child, name, file)) return true;
  }
  return false;
}

function bindsWithin(node: SyntaxNode, name: string, file: RustFile): boolean {
  if (node.name === "BoundIdentifier") return file.text(node) === name;
  if (node.type.is("Expression") && !node.type.is("Pattern")) return false;
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (bindsWithin(child, name, file)) return true;
  return false;
}
