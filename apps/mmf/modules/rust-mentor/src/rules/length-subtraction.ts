import type { SyntaxNode } from "@lezer/common";
import { methodCall } from "../calls.ts";
import type { RustFile } from "../file.ts";
import { pointee, typeOf } from "../infer.ts";
import { asksBefore, isMatchedBefore } from "../matching/evidence.ts";
import type { Rule } from "../rule.ts";

const SIZE = new Set([
  "is_empty",
  "push",
  "push_str",
  "last",
  "first",
  "get",
  "len",
  "extend",
  "insert",
  "starts_with",
  "ends_with",
  "windows",
  "chunks",
]);

export const lengthSubtraction: Rule = {
  id: "length-subtraction",
  severity: "warning",
  title: "length minus something without a check",
  matches:
    "`x.len() - n` with a literal, or `x.len() - y.len()`, when the function has not looked at that length before",
  why: "Lengths are unsigned: with fewer elements the subtraction panics in debug builds and wraps to a huge number in release builds.",
  fix: "Use `checked_sub` or `saturating_sub`, check `is_empty()` first, or ask for `last()`, `split_last()` or `windows(2)`.",
  tests: "skip",
  on: ["BinaryExpression"],
  check(node, file) {
    const operator = node.getChild("ArithOp");
    const [left, right] = node.getChildren("Expression");
    if (!operator || file.text(operator) !== "-" || !left || !right) return null;
    const length = methodCall(left, file);
    if (length?.name !== "len" || length.args.length > 0) return null;
    const isNumber = right.name === "Integer" && !/^0(?:_?usize)?$/.test(file.text(right));
    const other = methodCall(right, file);
    if (!isNumber && other?.name !== "len") return null;
    // An array's or a literal's length is a constant.
    if (
      /^\[.*;/.test(pointee(typeOf(length.receiver, file) ?? "")) ||
      /^(?:String|RawString|ArrayExpression)$/.test(length.receiver.name)
    )
      return null;
    if (length.receiver.name === "Identifier" && /^[A-Z][A-Z0-9_]*$/.test(file.text(length.receiver)))
      return null;
    if (known(node, length.receiver, file) || (other && known(node, other.receiver, file))) return null;
    return {
      at: node,
      detail: `\`${file.source.snippet(left.from, left.to, 40)}\` may be smaller than \`${file.source.snippet(right.from, right.to, 24)}\`.`,
    };
  },
};

function known(place: SyntaxNode, value: SyntaxNode, file: RustFile): boolean {
  return asksBefore(place, value, SIZE, file) || isMatchedBefore(place, value, file);
}
