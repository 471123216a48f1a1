import type { SyntaxNode } from "@lezer/common";
import type { RustFile } from "../file.ts";
import { typeOf } from "../infer.ts";
import type { Rule } from "../rule.ts";
import { bare } from "../tree.ts";

export const floatEquality: Rule = {
  id: "float-equality",
  severity: "warning",
  title: "exact comparison of floats",
  matches: "`==` or `!=` with a float literal that has a fraction, or with a computed `f32` or `f64`",
  why: "Most decimal fractions and results of arithmetic are rounded, so values that should be equal differ in their last bits.",
  fix: "Compare the distance with a tolerance: `(a - b).abs() < EPSILON`.",
  tests: "skip",
  on: ["BinaryExpression"],
  check(node, file) {
    const operator = node.getChild("CompareOp");
    if (!operator || !/^[!=]=$/.test(file.text(operator))) return null;
    const hit = node
      .getChildren("Expression")
      .map(bare)
      .find((side) => isInexact(side, file));
    return hit ? { at: node, detail: `\`${file.source.snippet(hit.from, hit.to, 40)}\` is rounded.` } : null;
  },
};

function isInexact(side: SyntaxNode, file: RustFile): boolean {
  if (side.name === "Float") return /\.[0-9_]*[1-9]/.test(file.text(side));
  if (side.name !== "BinaryExpression" || !side.getChild("ArithOp")) return false;
  const type = typeOf(side, file);
  return type === "f64" || type === "f32";
}
