import type { Rule } from "../rule.ts";

/** Types whose use from two threads is a data race whatever the author promises. */
const NOT_SEND = /\bRc<|\brc::Weak</;
const NOT_SYNC = /\bRc<|\bRefCell<|(?<!Once|Unsafe)\bCell</;

export const unsoundSend: Rule = {
  id: "unsound-send",
  severity: "error",
  title: "unsafe Send or Sync over a single-threaded type",
  matches:
    "`unsafe impl Send` for a struct of this file that holds `Rc`; `unsafe impl Sync` for one that holds `Rc`, `RefCell` or `Cell`",
  why: "`Rc` counts and `RefCell` or `Cell` mutate without synchronisation, so two threads race on them: undefined behaviour.",
  fix: "Hold `Arc`, `Mutex`, `RwLock` or atomics and let the compiler derive the traits.",
  tests: "check",
  on: ["ImplItem"],
  check(node, file) {
    if (!node.getChild("unsafe") || !node.getChild("for")) return null;
    const [marker, target] = node.getChildren("Type");
    if (!marker || !target) return null;
    const name = file.flat(marker).split("::").pop();
    if (name !== "Send" && name !== "Sync") return null;
    const struct = file.item("StructItem", file.flat(target).replace(/<.*$/, ""));
    const fields =
      struct?.getChild("FieldDeclarationList") ?? struct?.getChild("OrderedFieldDeclarationList");
    if (!fields) return null;
    const pattern = name === "Send" ? NOT_SEND : NOT_SYNC;
    for (const field of [...fields.getChildren("FieldDeclaration"), fields]) {
      for (const type of field.getChildren("Type")) {
        const text = file.flat(type);
        const held = pattern.exec(text)?.[0];
        if (held && !/^\*|PhantomData/.test(text))
          return { at: node, detail: `\`${file.flat(target)}\` holds \`${held}…>\`, which is not ${name}.` };
      }
    }
    return null;
  },
};
