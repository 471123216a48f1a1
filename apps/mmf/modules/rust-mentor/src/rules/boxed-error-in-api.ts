import type { Rule } from "../rule.ts";
import { ancestor } from "../tree.ts";

export const boxedErrorInApi: Rule = {
  id: "boxed-error-in-api",
  severity: "info",
  title: "Box<dyn Error> in a public signature",
  matches:
    "a `pub fn` (not `pub(crate)`, not `main`, not in a binary) that returns `Result<_, Box<dyn Error…>>`",
  why: "Callers cannot match on what went wrong, only print it.",
  fix: "Return an error enum, e.g. with `thiserror`.",
  tests: "skip",
  on: ["FunctionItem"],
  check(node, file) {
    const vis = node.getChild("Vis");
    const name = node.getChild("BoundIdentifier");
    const type = node.getChild("->")?.nextSibling;
    if (!vis || file.text(vis) !== "pub" || !name || !type || file.item("FunctionItem", "main")) return null;
    if (ancestor(node, "FunctionItem") || !/Result<.*,Box<dyn(?:\w+::)*Error(?:[+>])/.test(file.flat(type)))
      return null;
    return { at: type, detail: `\`${file.text(name)}\` hides the kinds of its errors.` };
  },
};
