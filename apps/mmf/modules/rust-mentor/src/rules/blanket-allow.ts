import type { Rule } from "../rule.ts";

/** Too wide on any item. */
const ALWAYS = /^(?:warnings|unused_must_use|clippy::all|clippy::correctness|clippy::suspicious)$/;
/** Too wide for a whole file, module or impl. */
const GROUPS =
  /^(?:unused|future_incompatible|dead_code|unused_variables|unused_imports|unsafe_op_in_unsafe_fn|static_mut_refs)$/;

export const blanketAllow: Rule = {
  id: "blanket-allow",
  severity: "info",
  title: "blanket allow",
  matches:
    "`allow` of `warnings`, `unused_must_use` or a group of clippy; or of `unused`, `dead_code` and their like for a whole file, module or impl; not where a comment or `reason` says why",
  why: "It also silences the warnings that nobody has seen yet.",
  fix: 'Allow one lint on one item, with `reason = "…"`; or `expect`, which reports itself once it is needless.',
  tests: "skip",
  on: ["Attribute", "InnerAttribute"],
  check(node, file) {
    const meta = node.getChild("MetaItem");
    const match = meta ? /^allow\((.*)\)$/.exec(file.flat(meta)) : null;
    if (!match?.[1] || match[1].includes("reason=") || file.isExplained(node)) return null;
    const wide =
      node.name === "InnerAttribute" || /^(?:ModItem|ImplItem)$/.test(node.parent?.lastChild?.name ?? "");
    for (const lint of match[1].split(",")) {
      if (ALWAYS.test(lint) || (wide && GROUPS.test(lint))) {
        return { at: node, detail: `\`${lint}\` is silenced for everything below this attribute.` };
      }
    }
    return null;
  },
};
