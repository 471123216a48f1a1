import type { SyntaxNode } from "@lezer/common";
import type { RustFile } from "../file.ts";
import type { Rule } from "../rule.ts";
import { statementOf } from "../tree.ts";

export const unsafeWithoutSafety: Rule = {
  id: "unsafe-without-safety",
  severity: "error",
  title: "unsafe without a SAFETY comment",
  matches:
    "an `unsafe { }` block or `unsafe impl` with no `SAFETY:` comment right before it or first inside it",
  why: "The compiler stops checking here, so the argument that the code is sound has to be written where the next reader can check it.",
  fix: "Write `// SAFETY: …` above it, naming each obligation of the unsafe operation and why it holds; or use a safe API.",
  tests: "skip",
  on: ["UnsafeBlock", "ImplItem"],
  check(node, file) {
    const keyword = node.getChild("unsafe");
    if (!keyword) return null;
    const body = node.getChild("Block");
    const first = body?.firstChild?.nextSibling;
    const inside = body ? file.comments(body.from, firstCode(first)?.from ?? body.to) : "";
    if (isSafety(inside) || isSafety(commentsAbove(node, keyword, file))) return null;
    const what = node.name === "ImplItem" ? "This `unsafe impl`" : "This `unsafe` block";
    return { at: node, detail: `${what} does not say why it is sound.` };
  },
};

function isSafety(comment: string): boolean {
  return /\bsafety\b/i.test(comment);
}

function firstCode(node: SyntaxNode | null | undefined): SyntaxNode | null {
  let at = node ?? null;
  while (at && isComment(at)) at = at.nextSibling;
  return at;
}

function isComment(node: SyntaxNode): boolean {
  return node.name === "LineComment" || node.name === "BlockComment";
}

/** Comments between the end of the code before the statement and the keyword; a first statement looks one block out. */
function commentsAbove(node: SyntaxNode, keyword: SyntaxNode, file: RustFile): string {
  let statement = statementOf(node);
  let collected = "";
  for (;;) {
    let before = statement.prevSibling;
    while (before && isComment(before)) before = before.prevSibling;
    const from = before?.to ?? statement.parent?.from ?? 0;
    collected += file.comments(from, keyword.from);
    const outer = statement.parent;
    if (outer?.name === "FieldInitializerList") {
      statement = statementOf(outer);
      continue;
    }
    const isFirst = before === null || before.name === "{";
    if (!isFirst || outer?.name !== "Block" || outer.parent?.name === "FunctionItem" || !outer.parent)
      return collected;
    statement = statementOf(outer);
  }
}
