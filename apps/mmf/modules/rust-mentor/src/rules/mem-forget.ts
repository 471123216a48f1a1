import { pathCall } from "../calls.ts";
import type { Rule } from "../rule.ts";

export const memForget: Rule = {
  id: "mem-forget",
  severity: "warning",
  title: "mem::forget",
  matches: "a call of `std::mem::forget`, by resolved path",
  why: "The value's destructor never runs: files stay open, locks stay taken, memory leaks.",
  fix: "Use `ManuallyDrop`, `into_raw` or `into_inner`, which say what becomes of the value.",
  tests: "skip",
  on: ["CallExpression"],
  check(node, file) {
    return pathCall(node, file)?.path === "std::mem::forget"
      ? { at: node, detail: "The value is leaked on purpose, and nothing takes over its duty." }
      : null;
  },
};
