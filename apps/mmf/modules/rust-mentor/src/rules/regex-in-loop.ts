import { pathCall } from "../calls.ts";
import type { Rule } from "../rule.ts";

const LOOPS = new Set(["ForExpression", "WhileExpression", "LoopExpression"]);

export const regexInLoop: Rule = {
  id: "regex-in-loop",
  severity: "info",
  title: "regular expression compiled in a loop",
  matches: "`Regex::new` of a literal inside the body of a loop",
  why: "Compiling costs far more than matching and gives the same result on every turn.",
  fix: "Compile it once before the loop, or in a `LazyLock` static.",
  tests: "skip",
  on: ["CallExpression"],
  check(node, file) {
    const call = pathCall(node, file);
    if (!call || !/(?:^|::)Regex(?:Set)?::new$/.test(call.path)) return null;
    if (call.args[0]?.name !== "String" && call.args[0]?.name !== "RawString") return null;
    for (let at = node.parent, below = node; at && at.name !== "FunctionItem"; below = at, at = at.parent) {
      if (LOOPS.has(at.name) && below.name === "Block")
        return { at: node, detail: "The same pattern is compiled on every turn of the loop." };
      if (at.name === "StaticItem") return null;
    }
    return null;
  },
};
