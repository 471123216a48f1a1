import type { SyntaxNode } from "@lezer/common";
import { chain } from "../calls.ts";
import type { RustFile } from "../file.ts";
import { pointee, typeOf } from "../infer.ts";
import { asksBefore, isComparedBefore, isMatchedBefore } from "../matching/evidence.ts";
import type { Match, Rule } from "../rule.ts";
import { bindingOf } from "../scope.ts";
import { ancestor } from "../tree.ts";

const SIZE = new Set([
  "len",
  "is_empty",
  "get",
  "get_mut",
  "first",
  "last",
  "split_at",
  "resize",
  "contains_key",
  "push",
  "insert",
  "position",
  "iter",
]);
const BOUNDARY = new Set([
  ...SIZE,
  "is_char_boundary",
  "find",
  "rfind",
  "char_indices",
  "is_ascii",
  "starts_with",
  "ends_with",
  "as_bytes",
  "bytes",
]);

export const panickingIndex: Rule = {
  id: "panicking-index",
  severity: "warning",
  title: "index that can panic",
  matches:
    "a literal index into a collected or passed-in slice, an index that is a parameter of a `pub fn`, or a fixed byte range of a `str`, when the function never asks the value's size",
  why: "An index out of range, or a byte range inside a character, panics; here nothing shows that the caller's data is long enough.",
  fix: "Use `.get(…)` and handle None, match a slice pattern, or check the length first.",
  tests: "skip",
  on: ["IndexExpression"],
  check(node, file) {
    const base = node.firstChild;
    const index = node.getChildren("Expression")[1];
    if (!base || !index || /::index(?:_mut)?$/.test(traitFunction(node, file))) return null;
    if (index.name === "RangeExpression") return textRange(node, base, index, file);
    if (index.name === "Integer") return literalIndex(node, base, index, file);
    return index.name === "Identifier" ? parameterIndex(node, base, index, file) : null;
  },
};

/** `Index::index` for a function of an impl of Index, whose contract is to panic; else the empty string. */
function traitFunction(node: SyntaxNode, file: RustFile): string {
  const trait = ancestor(node, "ImplItem")?.getChild("Type");
  return trait && /^(?:\w+::)*Index(?:Mut)?(?:<|$)/.test(file.flat(trait)) ? "Index::index" : "";
}

function literalIndex(node: SyntaxNode, base: SyntaxNode, index: SyntaxNode, file: RustFile): Match | null {
  if (base.name !== "Identifier") return null;
  const name = file.text(base);
  const binding = bindingOf(name, node, file);
  const type = binding?.type ? file.flat(binding.type) : "";
  const made = binding?.value ? chain(binding.value, file).calls : [];
  const collected = made[0]?.name === "collect";
  // `split` yields at least one piece.
  if (
    Number(file.text(index)) === 0 &&
    /^r?split/.test(made[1]?.name ?? "") &&
    made[1]?.name !== "split_whitespace"
  )
    return null;
  const passed = binding?.kind === "parameter" && /^(?:&(?:mut)?\[\w+\]|&?(?:mut)?Vec<.*>)$/.test(type);
  if (!collected && !passed) return null;
  if (asksBefore(node, base, SIZE, file) || isMatchedBefore(node, base, file)) return null;
  return {
    at: node,
    detail: `\`${name}\` has no element ${file.text(index)} when it is short, and nothing here asks how long it is.`,
  };
}

function parameterIndex(node: SyntaxNode, base: SyntaxNode, index: SyntaxNode, file: RustFile): Match | null {
  const binding = bindingOf(file.text(index), node, file);
  const type = binding?.type ? file.flat(binding.type) : "";
  if (binding?.kind !== "parameter" || type !== "usize" || !isPublic(binding.at)) return null;
  const owner = pointee(typeOf(base, file) ?? "");
  if (!/^(?:Vec<|VecDeque<|\[\w+\]$)/.test(owner)) return null;
  if (
    asksBefore(node, base, SIZE, file) ||
    isMatchedBefore(node, index, file) ||
    isComparedBefore(node, index, file)
  )
    return null;
  return {
    at: node,
    detail: `\`${file.text(index)}\` comes from the caller and is not checked against the length.`,
  };
}

/** A parameter of a `pub fn`: a private function may rely on what its callers checked. */
function isPublic(parameter: SyntaxNode): boolean {
  const owner = parameter.parent?.parent;
  return owner?.name === "FunctionItem" && owner.getChild("Vis") !== null;
}

/** `&s[..8]` of a str: the number counts bytes, and characters have one to four. */
function textRange(node: SyntaxNode, base: SyntaxNode, range: SyntaxNode, file: RustFile): Match | null {
  const type = pointee(typeOf(base, file) ?? "");
  if (type !== "str" && type !== "String") return null;
  if (isLiteralText(base, node, file)) return null;
  const fixed = range
    .getChildren("Expression")
    .find((bound) => bound.name === "Integer" && file.text(bound) !== "0");
  if (!fixed || asksBefore(node, base, BOUNDARY, file) || isMatchedBefore(node, base, file)) return null;
  return {
    at: node,
    detail: `Byte ${file.text(fixed)} of \`${file.source.snippet(base.from, base.to, 32)}\` may lie past its end or inside a character.`,
    fix: "Use `.get(range)`, `.chars().take(n)` or `char_indices`.",
  };
}

/** A local made of a literal: whoever wrote the range could read the text. */
function isLiteralText(base: SyntaxNode, place: SyntaxNode, file: RustFile): boolean {
  const value = base.name === "Identifier" ? bindingOf(file.text(base), place, file)?.value : base;
  return (
    value != null &&
    (value.name === "String" || value.getChild("ArgList")?.getChild("Expression")?.name === "String")
  );
}
