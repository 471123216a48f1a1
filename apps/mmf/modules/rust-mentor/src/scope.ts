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
      return lastLet(scope, below.from, name, file);
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

const LETS = new WeakMap<RustFile, Map<number, Map<string, SyntaxNode[]>>>();

/** The last `let` of the block before an offset that binds the name. Each block is indexed once. */
function lastLet(block: SyntaxNode, before: number, name: string, file: RustFile): Binding | null {
  const blocks = LETS.get(file) ?? new Map<number, Map<string, SyntaxNode[]>>();
  LETS.set(file, blocks);
  let lets = blocks.get(block.from);
  if (!lets) {
    lets = letsOf(block, file);
    blocks.set(block.from, lets);
  }
  const declaration = lets.get(name)?.findLast((at) => at.from < before);
  if (!declaration) return null;
  if (!declaration.getChild("BoundIdentifier")) return pattern(declaration);
  return { kind: "let", at: declaration, type: declaration.getChild("Type"), value: letValue(declaration) };
}

function letsOf(block: SyntaxNode, file: RustFile): Map<string, SyntaxNode[]> {
  const lets = new Map<string, SyntaxNode[]>();
  for (let child = block.firstChild; child; child = child.nextSibling) {
    const declaration = child.name === "AttributeItem" ? child.lastChild : child;
    if (declaration?.name !== "LetDeclaration") continue;
    for (const name of boundNames(declaration, file)) {
      const list = lets.get(name);
      if (list) list.push(declaration);
      else lets.set(name, [declaration]);
    }
  }
  return lets;
}

/** The initialiser of a let declaration, without a `let … else` block. */
export function letValue(declaration: SyntaxNode): SyntaxNode | null {
  const equals = declaration.getChild("=");
  if (!equals) return null;
  for (let node = equals.nextSibling; node; node = node.nextSibling)
    if (node.type.is("Expression")) return node;
  return null;
}

/** True when a holder's own pattern binds the name. */
function binds(holder: SyntaxNode, name: string, file: RustFile): boolean {
  return boundNames(holder, file).includes(name);
}

/** The names in a holder's pattern: what stands before its value, type or body. */
function boundNames(holder: SyntaxNode, file: RustFile): string[] {
  const names: string[] = [];
  for (let child = holder.firstChild; child; child = child.nextSibling) {
    if (child.name === "=" || child.name === "in" || child.name === "=>" || child.name === ":") break;
    if (child.type.is("Expression") && !child.type.is("Pattern")) continue;
    child.cursor().iterate((ref) => {
      if (ref.name === "BoundIdentifier") names.push(file.source.text.slice(ref.from, ref.to));
    });
  }
  return names;
}
