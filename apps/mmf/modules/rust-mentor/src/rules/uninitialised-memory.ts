import { methodCall, pathCall } from "../calls.ts";
import type { Rule } from "../rule.ts";
import { ancestor } from "../tree.ts";

export const uninitialisedMemory: Rule = {
  id: "uninitialised-memory",
  severity: "error",
  title: "uninitialised memory taken as a value",
  matches:
    "`std::mem::uninitialized`, and `MaybeUninit::uninit().assume_init()` except for arrays of MaybeUninit",
  why: "Producing a value from memory that nobody wrote is undefined behaviour for almost every type, integers included.",
  fix: "Write through `MaybeUninit::write` first, or start from `Default` or zeroes.",
  tests: "check",
  on: ["CallExpression"],
  check(node, file) {
    if (pathCall(node, file)?.path === "std::mem::uninitialized")
      return { at: node, detail: "The value is read before anything was written." };
    const call = methodCall(node, file);
    if (call?.name !== "assume_init") return null;
    const made = pathCall(call.receiver, file);
    if (!made || !/(?:^|::)MaybeUninit::uninit$/.test(made.path)) return null;
    const declared = ancestor(node, "LetDeclaration", "FunctionItem")?.getChild("Type");
    if (
      /\[MaybeUninit</.test(file.flat(call.receiver)) ||
      (declared && /\[MaybeUninit</.test(file.flat(declared)))
    )
      return null;
    return { at: node, detail: "Nothing is written between `uninit()` and `assume_init()`." };
  },
};
