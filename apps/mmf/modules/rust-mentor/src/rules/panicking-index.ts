import type { SyntaxNode } from "@lezer/common";
import { chain } from "../calls.ts";
import type { RustFile } from "../file.ts";
import { pointee, typeOf } from "../infer.ts";
import { asksBefore, isMatchedBefore } from "../matching/evidence.ts";
import type { Match, Rule } from "../rule.ts";
import { bindingOf } from "../scope.ts";
import { ancestor, bare } from "../tree.ts";

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
    "a literal index into a collected or passed-in slice, an index that is the function's own parameter, or a fixed byte range of a `str`, when the function never asks the value's size",
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
  const collected = binding?.value ? chain(binding.value, file).calls[0]?.name === "collect" : false;
  const passed = binding?.kind === "parameter" && /^(?:&(?:mut)?\[\w+\]|&?(?:mut)?Vec<.*>)$/.test(type);
  if (!collected && !passed) return null;
  if (asksBefore(node, base, SIZE, file) || isMatchedBefore(node, base, file)) return null;
  return {
    at: node,
    detail: `\`${name}\` may have ${file.text(index)} elements or fewer: nothing here asks how many it has.`,
  };
}

function parameterIndex(node: SyntaxNode, base: SyntaxNode, index: SyntaxNode, file: RustFile): Match | null {
  const binding = bindingOf(file.text(index), node, file);
  const type = binding?.type ? file.flat(binding.type) : "";
  if (binding?.kind !== "parameter" || type !== "usize" || binding.at.parent?.parent?.name !== "FunctionItem")
    return null;
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

function isComparedBefore(node: SyntaxNode, index: SyntaxNode, file: RustFile): boolean {
  const body = ancestor(node, "FunctionItem");
  let compared = false;
  body?.cursor().iterate((ref) => {
    if (compared || ref.from >= node.from) return false;
    if (ref.name !== "BinaryExpression" || !ref.node.getChild("CompareOp")) return undefined;
    compared = [ref.node.firstChild, ref.node.lastChild].some(
      (side) => side !== null && file.flat(bare(side)) === file.text(index),
    );
    return undefined;
  });
  return compared;
}

/** `&s[..8]` of a str: the number counts bytes, and characters have one to four. */
function textRange(node: SyntaxNode, base: SyntaxNode, range: SyntaxNode, file: RustFile): Match | null {
  const type = pointee(typeOf(base, file) ?? "");
  if (type !== "str" && type !== "String") return null;
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
