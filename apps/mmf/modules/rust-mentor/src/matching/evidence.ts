import type { SyntaxNode } from "@lezer/common";
import { methodCall } from "../calls.ts";
import type { RustFile } from "../file.ts";
import { bare, enclosingFunction, find } from "../tree.ts";

/** True when the function, before the place, asks the same value one of the methods: its size has been thought of. */
export function asksBefore(
  place: SyntaxNode,
  value: SyntaxNode,
  methods: ReadonlySet<string>,
  file: RustFile,
): boolean {
  const body = enclosingFunction(place);
  if (!body) return false;
  const wanted = file.flat(bare(value));
  return (
    find(body, (node) => {
      if (node.from >= place.from) return false;
      const call = methodCall(node, file);
      return call !== null && methods.has(call.name) && file.flat(bare(call.receiver)) === wanted;
    }) !== null
  );
}

/** True when the value is matched on, destructured by a slice pattern, or asserted about before the place. */
export function isMatchedBefore(place: SyntaxNode, value: SyntaxNode, file: RustFile): boolean {
  const body = enclosingFunction(place);
  if (!body) return false;
  const wanted = file.flat(bare(value));
  return (
    find(body, (node) => {
      if (node.from >= place.from) return false;
      if (node.name === "MatchExpression") {
        const subject = node.getChild("Expression");
        return subject !== null && file.flat(bare(subject)).startsWith(wanted);
      }
      if (node.name === "LetDeclaration") {
        return node.getChild("SlicePattern") !== null && file.flat(node).includes(wanted);
      }
      const macro = file.macro(node);
      return (
        macro !== null && /^(?:debug_)?assert|^ensure$/.test(macro.name) && file.text(node).includes(wanted)
      );
    }) !== null
  );
}
