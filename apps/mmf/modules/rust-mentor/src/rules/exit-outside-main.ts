import { pathCall } from "../calls.ts";
import type { Rule } from "../rule.ts";

const PROGRAMS = /(?:^|[\\/])(?:main|build)\.rs$|(?:^|[\\/])(?:bin|examples)[\\/]/;

export const exitOutsideMain: Rule = {
  id: "exit-outside-main",
  severity: "warning",
  title: "process::exit in a library",
  matches:
    "`std::process::exit`, by resolved path, in a file without `fn main` that is not a program by its path",
  why: "It ends the caller's whole process: no destructor runs, buffers are not written, and the caller cannot stop it.",
  fix: "Return an error, and let `main` choose the exit code.",
  tests: "skip",
  on: ["CallExpression"],
  check(node, file) {
    if (pathCall(node, file)?.path !== "std::process::exit") return null;
    if (PROGRAMS.test(file.path) || file.item("FunctionItem", "main")) return null;
    return { at: node, detail: "A library decides here that the program ends." };
  },
};
