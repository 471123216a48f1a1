import type { SyntaxNode } from "@lezer/common";
import type { RustFile } from "../file.ts";
import { pointee, typeOf } from "../infer.ts";
import { bindingOf } from "../scope.ts";
import { bare } from "../tree.ts";

/** A text put together at run time: its fixed part, and what is put into it. */
export interface BuiltText {
  readonly template: string;
  /** Names or snippets of the parts that come from elsewhere. */
  readonly parts: readonly string[];
}

const NUMBER = /^(?:[ui](?:8|16|32|64|128|size)|f32|f64|bool)$/;

/** Reads `format!("…{x}…")`, `"…" + x` or a local bound to one of them; null when nothing foreign is put in. */
export function builtText(node: SyntaxNode, file: RustFile): BuiltText | null {
  const value = bare(node);
  const built = formatted(value, file) ?? concatenated(value, file);
  if (built) return built.parts.length > 0 ? built : null;
  if (value.name === "Identifier") {
    const binding = bindingOf(file.text(value), value, file);
    if (binding?.kind === "let" && binding.value && binding.value.name !== "Identifier")
      return builtText(binding.value, file);
  }
  return null;
}

function formatted(node: SyntaxNode, file: RustFile): BuiltText | null {
  const macro = file.macro(node);
  if (!macro?.args || !/^(?:format|write|writeln)$/.test(macro.name)) return null;
  const at = macro.args.findIndex((argument) => argument.name === "String" || argument.name === "RawString");
  const literal = macro.args[at];
  if (!literal) return null;
  const template = file.text(literal);
  const parts: string[] = [];
  for (const argument of macro.args.slice(at + 1)) {
    const given = argument.name === "AssignmentExpression" ? argument.lastChild : argument;
    if (given && isForeign(given, file)) parts.push(file.source.snippet(given.from, given.to, 32));
  }
  for (const [, name] of template.replace(/\{\{|\}\}/g, "").matchAll(/\{([A-Za-z_]\w*)(?::[^}]*)?\}/g)) {
    const named = macro.args.some(
      (argument) =>
        argument.name === "AssignmentExpression" &&
        argument.firstChild &&
        file.text(argument.firstChild) === name,
    );
    if (name && !named && !/^[A-Z][A-Z0-9_]*$/.test(name) && !isNumberNamed(name, node, file))
      parts.push(name);
  }
  return { template, parts };
}

function isNumberNamed(name: string, node: SyntaxNode, file: RustFile): boolean {
  const binding = bindingOf(name, node, file);
  const type = binding?.type ? file.flat(binding.type) : typeOf(binding?.value ?? null, file);
  return type !== null && NUMBER.test(pointee(type));
}

function concatenated(node: SyntaxNode, file: RustFile): BuiltText | null {
  if (node.name !== "BinaryExpression") return null;
  const operator = node.getChild("ArithOp");
  if (!operator || file.text(operator) !== "+") return null;
  let template = "";
  const parts: string[] = [];
  for (const side of node.getChildren("Expression")) {
    const inner = bare(side);
    const below = concatenated(inner, file);
    if (below) {
      template += below.template;
      parts.push(...below.parts);
    } else {
      const literal = literalIn(inner);
      if (literal) template += file.text(literal);
      else if (isForeign(inner, file)) parts.push(file.source.snippet(inner.from, inner.to, 32));
    }
  }
  return template === "" ? null : { template, parts };
}

/** The literal in `"…"`, `"…".to_string()`, `String::from("…")`. */
function literalIn(node: SyntaxNode): SyntaxNode | null {
  if (node.name === "String" || node.name === "RawString") return node;
  if (node.name !== "CallExpression") return null;
  const receiver = node.firstChild?.name === "FieldExpression" ? node.firstChild.firstChild : null;
  const only = receiver ?? node.getChild("ArgList")?.getChild("Expression") ?? null;
  return only && (only.name === "String" || only.name === "RawString") ? only : null;
}

/** Literals, constants and numbers cannot carry text from outside. */
function isForeign(node: SyntaxNode, file: RustFile): boolean {
  const inner = bare(node);
  if (
    /^(?:String|RawString|Integer|Float|Boolean|Char|RangeExpression)$/.test(inner.name) ||
    literalIn(inner)
  )
    return false;
  if (/(?:^|::)[A-Z][A-Z0-9_]+$/.test(file.flat(inner))) return false;
  const type = typeOf(inner, file);
  if (type !== null && NUMBER.test(pointee(type))) return false;
  // `vec!["?"; n].join(",")` and its like build the placeholders of a prepared statement.
  return !/\brepeat|placeholder|join\(/.test(file.flat(inner));
}
