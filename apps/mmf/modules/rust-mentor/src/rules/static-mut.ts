import type { Rule } from "../rule.ts";
import { ancestor } from "../tree.ts";

export const staticMut: Rule = {
  id: "static-mut",
  severity: "error",
  title: "static mut",
  matches: "a `static mut` item, except declarations in an `extern` block",
  why: "Any two uses from different threads race, and even one shared reference to it while it changes is undefined behaviour.",
  fix: "Use an atomic, `OnceLock`, `LazyLock`, or a `Mutex` in a plain `static`.",
  tests: "skip",
  on: ["StaticItem"],
  check(node, file) {
    if (!node.getChild("mut") || ancestor(node, "ForeignModItem")) return null;
    const name = node.getChild("BoundIdentifier");
    return {
      at: node,
      detail: `\`${name ? file.text(name) : "It"}\` can be read and written from every thread without any order.`,
    };
  },
};
