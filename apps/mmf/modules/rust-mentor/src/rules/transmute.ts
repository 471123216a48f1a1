import type { Rule } from "../rule.ts";

export const transmute: Rule = {
  id: "transmute",
  severity: "error",
  title: "transmute",
  matches: "`std::mem::transmute` or `transmute_copy`, called or passed, by resolved path",
  why: "It reinterprets bits with no check but the size: a wrong layout, lifetime or niche is undefined behaviour.",
  fix: "Use `to_bits`/`from_bits`, `from_ne_bytes`, pointer `cast()`, `bytemuck` or `zerocopy`.",
  tests: "skip",
  on: ["Identifier", "ScopedIdentifier"],
  check(node, file) {
    const parent = node.parent;
    if (parent?.name !== "CallExpression" && parent?.name !== "GenericFunction" && parent?.name !== "ArgList")
      return null;
    if (!/transmute(?:_copy)?$/.test(file.text(node))) return null;
    const path = file.resolve(node);
    if (
      path !== "std::mem::transmute" &&
      path !== "std::mem::transmute_copy" &&
      !/^std::intrinsics::transmute/.test(path)
    )
      return null;
    return {
      at: node,
      detail: "The compiler takes the author's word for layout, validity and lifetimes here.",
    };
  },
};
