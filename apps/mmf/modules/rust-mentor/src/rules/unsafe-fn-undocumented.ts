import type { Rule } from "../rule.ts";
import { ancestor, statementOf } from "../tree.ts";

export const unsafeFnUndocumented: Rule = {
  id: "unsafe-fn-undocumented",
  severity: "warning",
  title: "public unsafe fn without a Safety section",
  matches: "a `pub unsafe fn` or `pub unsafe trait` whose documentation has no `# Safety` section",
  why: "Callers must uphold obligations that only its documentation can tell them.",
  fix: "Add a `# Safety` section that lists what the caller must guarantee.",
  tests: "skip",
  on: ["FunctionItem", "TraitItem"],
  check(node, file) {
    const vis = node.getChild("Vis");
    if (!vis || file.text(vis) !== "pub" || !node.getChild("unsafe")) return null;
    if (ancestor(node, "ForeignModItem")) return null;
    const item = statementOf(node);
    let before = item.prevSibling;
    while (before?.name === "LineComment" || before?.name === "BlockComment") before = before.prevSibling;
    const docs = file.comments(before?.to ?? 0, node.from) + file.source.text.slice(item.from, node.from);
    if (/\bsafety\b/i.test(docs)) return null;
    const name = node.getChild("BoundIdentifier") ?? node.getChild("TypeIdentifier");
    return {
      at: name ?? node,
      detail: `\`${name ? file.text(name) : "It"}\` is unsafe to use and does not say what makes a use sound.`,
    };
  },
};
