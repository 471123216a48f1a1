import type { SyntaxNode } from "@lezer/common";
import { methodCall, pathCall } from "./calls.ts";
import type { RustFile } from "./file.ts";
import { bindingOf } from "./scope.ts";
import { ancestor } from "./tree.ts";

const METHOD_TYPES: Readonly<Record<string, string>> = {
  count: "usize",
  capacity: "usize",
  as_secs: "u64",
  as_millis: "u128",
  as_micros: "u128",
  as_nanos: "u128",
  subsec_nanos: "u32",
  timestamp: "i64",
  timestamp_millis: "i64",
  leading_zeros: "u32",
  trailing_zeros: "u32",
  count_ones: "u32",
  to_string: "String",
  to_owned: "",
};

/**
 * The type of an expression where the file's own text settles it (annotations, literals' suffixes, casts, fields of structs
 * declared here, a few standard methods), else null. Never a guess: an unknown type is null.
 */
export function typeOf(node: SyntaxNode | null, file: RustFile, depth = 0): string | null {
  if (!node || depth > 6) return null;
  const next = (inner: SyntaxNode | null) => typeOf(inner, file, depth + 1);
  switch (node.name) {
    case "Integer":
      return /(?:[ui](?:8|16|32|64|128|size))$/.exec(file.text(node))?.[0] ?? null;
    case "Float":
      return /f(?:32|64)$/.exec(file.text(node))?.[0] ?? "f64";
    case "String":
      return file.text(node).startsWith('"') ? "&str" : null;
    case "Boolean":
      return "bool";
    case "ParenthesizedExpression":
      return next(node.getChild("Expression"));
    case "TypeCastExpression": {
      const type = node.getChild("Type");
      return type ? file.flat(type) : null;
    }
    case "ReferenceExpression": {
      const inner = next(node.getChild("Expression"));
      return inner === null ? null : `&${inner}`;
    }
    case "UnaryExpression": {
      const inner = next(node.getChild("Expression"));
      return node.getChild("DerefOp") ? (inner?.startsWith("&") ? pointee(inner) : null) : inner;
    }
    case "BinaryExpression":
      return binaryType(node, file, next);
    case "IndexExpression":
      return elementType(next(node.firstChild), node);
    case "Identifier":
      return identifierType(node, file, next);
    case "FieldExpression":
      return fieldType(node, file, next);
    case "CallExpression":
      return callType(node, file);
    default:
      return null;
  }
}

/** A type behind its references and `mut`. */
export function pointee(type: string): string {
  return type.replace(/^(?:&(?:'\w+)?(?:mut(?=[\s\w[(&]))?)+/, "").trim();
}

function binaryType(
  node: SyntaxNode,
  file: RustFile,
  next: (n: SyntaxNode | null) => string | null,
): string | null {
  if (node.getChild("CompareOp") || node.getChild("LogicOp")) return "bool";
  const left = next(node.firstChild);
  const operator = node.getChild("BitOp");
  if (operator && /^(<<|>>)$/.test(file.text(operator))) return left;
  return left ?? next(node.lastChild);
}

function elementType(base: string | null, node: SyntaxNode): string | null {
  if (base === null || node.lastChild?.prevSibling?.name === "RangeExpression") return null;
  const type = pointee(base);
  return /^\[(\w+)(?:;.*)?\]$/.exec(type)?.[1] ?? /^Vec<(\w+)>$/.exec(type)?.[1] ?? null;
}

function identifierType(
  node: SyntaxNode,
  file: RustFile,
  next: (n: SyntaxNode | null) => string | null,
): string | null {
  const name = file.text(node);
  const binding = bindingOf(name, node, file);
  if (!binding) {
    const item = file.item("ConstItem", name) ?? file.item("StaticItem", name);
    const type = item?.getChild("Type");
    return type ? file.flat(type) : null;
  }
  if (binding.type) {
    const text = file.flat(binding.type);
    return text.includes("_") && /\b_\b/.test(text) ? null : text;
  }
  return binding.kind === "let" ? next(binding.value) : null;
}

function fieldType(
  node: SyntaxNode,
  file: RustFile,
  next: (n: SyntaxNode | null) => string | null,
): string | null {
  const holder = node.firstChild;
  const name = node.getChild("FieldIdentifier");
  if (!holder || !name) return null;
  const type = holder.name === "self" ? selfType(node, file) : next(holder);
  if (type === null) return null;
  const struct = file.item("StructItem", pointee(type).replace(/<.*$/, ""));
  for (const field of struct?.getChild("FieldDeclarationList")?.getChildren("FieldDeclaration") ?? []) {
    const fieldName = field.getChild("FieldIdentifier");
    const declared = field.getChild("Type");
    if (fieldName && declared && file.text(fieldName) === file.text(name)) return file.flat(declared);
  }
  return null;
}

function selfType(node: SyntaxNode, file: RustFile): string | null {
  const block = ancestor(node, "ImplItem");
  const type = block?.getChild("DeclarationList")?.prevSibling;
  const named = type?.name === "WhereClause" ? type.prevSibling : type;
  return named ? file.flat(named) : null;
}

function callType(node: SyntaxNode, file: RustFile): string | null {
  const macro = file.macro(node);
  if (macro) return macro.name === "format" ? "String" : null;
  const method = methodCall(node, file);
  if (method) {
    // `Metadata::len` is the one common `len` that is not a usize.
    if (method.name === "len") return /meta/i.test(file.text(method.receiver)) ? "u64" : "usize";
    return METHOD_TYPES[method.name] || null;
  }
  const call = pathCall(node, file);
  if (!call) return null;
  if (/(?:^|::)String::(?:new|from|with_capacity)$/.test(call.path)) return "String";
  return returnType(call.path, file);
}

/** The declared return type of a function of this file, by its bare name, or null. */
export function returnType(path: string, file: RustFile): string | null {
  if (path.includes("::") && !/^(?:self|Self|crate)::\w+$/.test(path)) return null;
  const item = file.item("FunctionItem", path.split("::").pop() ?? "");
  const type = item?.getChild("->")?.nextSibling;
  return type ? file.flat(type) : null;
}
