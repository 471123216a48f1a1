import type { Rule } from "../rule.ts";

const EVERYWHERE =
  /^(?:warnings|unused|future_incompatible|clippy::all|clippy::correctness|clippy::suspicious|unused_must_use)$/;
const FILE_WIDE = /^(?:dead_code|unused_variables|unused_imports|unsafe_op_in_unsafe_fn|static_mut_refs)$/;

export const blanketAllow: Rule = {
  id: "blanket-allow",
  severity: "info",
  title: "blanket allow",
  matches:
    "`allow` of a whole lint group or of `unused_must_use`; or of `dead_code` and its like for a whole file or module; not where a comment or `reason` says why",
  why: "It also silences the warnings that nobody has seen yet.",
  fix: 'Allow one lint on one item, with `reason = "…"`; or `expect`, which reports itself once it is needless.',
  tests: "skip",
  on: ["Attribute", "InnerAttribute"],
  check(node, file) {
    const meta = node.getChild("MetaItem");
    const match = meta ? /^allow\((.*)\)$/.exec(file.flat(meta)) : null;
    if (!match?.[1] || match[1].includes("reason=") || file.isExplained(node)) return null;
    for (const lint of match[1].split(",")) {
      if (EVERYWHERE.test(lint) || (node.name === "InnerAttribute" && FILE_WIDE.test(lint))) {
        return { at: node, detail: `\`${lint}\` is silenced for everything below this attribute.` };
      }
    }
    return null;
  },
};
