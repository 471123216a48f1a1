import type { SyntaxNode } from "@lezer/common";
import { chain, methodCall, pathCall } from "../calls.ts";
import type { RustFile } from "../file.ts";
import { builtText } from "../matching/text-building.ts";
import type { Rule } from "../rule.ts";
import { bindingOf } from "../scope.ts";
import { bare, expressions } from "../tree.ts";

const SHELL = /^"(?:[\w/\\:.]*[/\\])?(?:sh|bash|zsh|dash|ksh|fish|cmd|powershell|pwsh)(?:\.exe)?"$/i;

export const shellFromText: Rule = {
  id: "shell-from-text",
  severity: "error",
  title: "shell command built from text",
  matches:
    "`Command::new` of a shell whose `.arg` or `.args` is built with `format!` or `+`, or is a local so built",
  why: "The shell reads quotes, `;` and `$( )` inside the value as commands: command injection.",
  fix: "Start the program itself and pass each value as its own `.arg(…)`; no shell is involved then.",
  tests: "skip",
  on: ["CallExpression"],
  check(node, file) {
    const call = methodCall(node, file);
    if (!call || (call.name !== "arg" && call.name !== "args") || !isShell(chain(node, file).root, file))
      return null;
    for (const value of call.args.flatMap(flatten)) {
      const built = builtText(value, file);
      if (built)
        return {
          at: value,
          detail: `${built.parts.map((part) => `\`${part}\``).join(", ")} becomes part of what the shell runs.`,
        };
    }
    return null;
  },
};

function flatten(argument: SyntaxNode): readonly SyntaxNode[] {
  const value = bare(argument);
  return value.name === "ArrayExpression" ? expressions(value) : [value];
}

/** `Command::new("sh")`, or a local that a let bound to a chain from it. */
function isShell(root: SyntaxNode, file: RustFile): boolean {
  if (root.name === "Identifier") {
    const binding = bindingOf(file.text(root), root, file);
    return (
      binding?.kind === "let" &&
      binding.value !== null &&
      binding.value.name !== "Identifier" &&
      isShell(chain(binding.value, file).root, file)
    );
  }
  const call = pathCall(root, file);
  const program = call?.args[0];
  return (
    call !== null &&
    /(?:^|::)Command::new$/.test(call.path) &&
    program !== undefined &&
    SHELL.test(file.text(program))
  );
}
